/* The templates as they are, but for the networks' limits of asking: stand-ins need no sparing, and tests no waiting. */
import fs from 'node:fs';
import path from 'node:path';

import { root } from './build.mjs';

export function templatesWithoutLimits(folder) {
    fs.cpSync(path.join(root, 'templates'), folder, { recursive: true });
    for (const name of fs.readdirSync(path.join(folder, 'networks'))) {
        const file = path.join(folder, 'networks', name);
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"limits": \{(?:[^{}]|\{[^}]*\})*\}/, '"limits": { "per_second": 0, "concurrent": 0 }'));
    }
    return folder;
}
