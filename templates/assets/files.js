/* files.js: says before it is sent that a file is too large: on a slow line sending it first takes minutes. */
'use strict';
for (const input of document.querySelectorAll('input[type=file][data-most]')) {
  input.addEventListener('change', () => {
    const large = Array.from(input.files).some((file) => file.size > Number(input.dataset.most));
    const told = document.getElementById(`${input.id}-error`);
    input.setCustomValidity(large ? input.dataset.large : '');
    told.textContent = large ? input.dataset.large : '';
    if (large) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  });
}
