/* Which build the tests run on: the environment's SANITIZE=1 or COVER=1, as for make. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const variant = process.env.SANITIZE ? 'sanitize' : process.env.COVER ? 'cover' : 'release';
export const builtFolder = process.env.BUILD ? path.resolve(root, process.env.BUILD) : path.join(root, 'build', variant);
export const program = path.join(builtFolder, 'veha');
export const variantSettings = variant === 'release' ? [] : [`${variant.toUpperCase()}=1`];

/* The folder of real saved answers, or null on a clone that has none. */
export const corpus = path.resolve(root, process.env.VEHA_CORPUS ?? '../shared/data');
