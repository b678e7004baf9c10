/* calls.js: choosing many at once; without it each is ticked by hand, and all else works the same. */
'use strict';

(() => {
    const form = document.getElementById('chosen');
    const all = document.getElementById('choose-all');
    if (!form || !all) return;
    const boxes = () => [...form.elements].filter((one) => one.name === 'tenants');
    const master = all.querySelector('input');
    const count = document.getElementById('chosen-count');
    const tell = () => {
        const chosen = boxes().filter((one) => one.checked).length;
        count.textContent = chosen > 0 ? `(${chosen})` : '';
        master.checked = chosen > 0 && chosen === boxes().length;
        master.indeterminate = chosen > 0 && !master.checked;
    };
    master.addEventListener('change', () => {
        for (const one of boxes()) one.checked = master.checked;
        tell();
    });
    document.addEventListener('change', (event) => event.target.name === 'tenants' && tell());
    window.addEventListener('pageshow', tell); // Back brings the ticks again
    all.hidden = boxes().length < 2;
    tell();
})();
