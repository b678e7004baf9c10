/*
 * keys.js: one key a decision in the queue. A key presses what has its number (data-key) and does nothing where somebody writes or chooses, with a modifier, or held down.
 *
 * Keys are read by their place (event.code), so that the layout does not matter, and can be switched off for good: whoever speaks to the machine would else press them by chance (WCAG 2.1.4).
 */
(() => {
    'use strict';
    const name = 'veha.keys';
    const panel = document.getElementById('keys');
    const choice = document.getElementById('keys-on');
    const pressed = [...document.querySelectorAll('[data-key]')];
    let done = false;
    if (!panel || !choice) return;

    /* Storage may be forbidden: then the choice lasts as long as the page. */
    function recall() {
        try {
            return window.localStorage.getItem(name) !== 'off';
        } catch {
            return true;
        }
    }

    function keep(on) {
        try {
            window.localStorage.setItem(name, on ? 'on' : 'off');
        } catch {
            /* see recall() */
        }
    }

    function show(on) {
        for (const one of pressed) {
            const hint = (one.closest('label') ?? one).querySelector('kbd');
            if (hint) hint.hidden = !on;
            if (on) one.setAttribute('aria-keyshortcuts', one.dataset.key);
            else one.removeAttribute('aria-keyshortcuts');
        }
    }

    const writes = (element) => element !== document.body && element.matches('input, textarea, select, [contenteditable]');

    function press(event) {
        const number = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
        if (!number || !choice.checked || done || event.defaultPrevented) return;
        if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || writes(event.target)) return;
        const wanted = pressed.find((one) => one.dataset.key === number[1]);
        if (!wanted) return;
        event.preventDefault();
        done = wanted.dataset.goes !== undefined;
        if (wanted.dataset.focus) {
            const field = document.getElementById(wanted.dataset.focus);
            wanted.click();
            field.focus();
        } else {
            wanted.click();
        }
    }

    choice.checked = recall();
    show(choice.checked);
    panel.hidden = false;
    choice.addEventListener('change', () => {
        keep(choice.checked);
        show(choice.checked);
    });
    document.addEventListener('keydown', press);
    /* Back brings the page as it was left. */
    window.addEventListener('pageshow', () => {
        done = false;
    });
})();
