/* Registers as files: rows of cells saved in any of the ways people save them, and `veha import` run on them. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { builtFolder, program, root } from './build.mjs';
import { databaseUrls, openCluster, sampleRegion, sql, writeConfig } from './cluster.mjs';

/* The bytes of windows-1251 for text; a character it lacks is an error of the test. */
function encode1251(text) {
    const table = new Map();
    const decoder = new TextDecoder('windows-1251');
    for (let byte = 0; byte < 256; byte++) table.set(decoder.decode(Uint8Array.of(byte)), byte);
    return Buffer.from([...text].map((character) => {
        if (!table.has(character)) throw new Error(`windows-1251 has no ${character}`);
        return table.get(character);
    }));
}

function cellText(cell, delimiter) {
    const text = cell === null || cell === undefined ? '' : String(cell);
    return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
}

/* rows: arrays of cells, the titles first. way: {delimiter, encoding: utf-8 | utf-8 with mark | windows-1251, end} */
export function saveCsv(rows, { delimiter = ';', encoding = 'utf-8', end = '\r\n' } = {}) {
    const text = rows.map((row) => row.map((cell) => cellText(cell, delimiter)).join(delimiter) + end).join('');
    if (encoding === 'windows-1251') return encode1251(text);
    return Buffer.from((encoding === 'utf-8 with mark' ? '\ufeff' : '') + text);
}

/* A database of its own, with the region and its roadmaps and no tenants yet. */
export async function openImport(name) {
    const folder = path.join(root, 'var', `test-${name}-${process.pid}`);
    const cluster = await openCluster(path.join(folder, 'postgres'));
    const databases = [];
    return {
        async region() {
            const database = await cluster.clone('migrated');
            databases.push(database);
            const config = writeConfig(path.join(folder, `${database.name}.conf`), {
                ...sampleRegion(),
                database: databaseUrls(cluster, database.name),
                templates: { directory: path.join(root, 'templates') },
                web: { assets: path.join(builtFolder, 'assets') },
            });
            /* Whatever the file, in bounded memory (the sanitizers reserve more than any limit). */
            const limited = process.env.SANITIZE ? 'exec "$@"' : 'ulimit -v 1500000; exec "$@"';
            const veha = (args, bytes) => {
                const ended = spawnSync('sh', ['-c', limited, 'sh', program, 'import', ...args, '--config', config], { cwd: root, input: bytes, maxBuffer: 64 << 20 });
                return { status: ended.status, out: String(ended.stdout), error: String(ended.stderr) };
            };
            return {
                /* The answer of --json for bytes given on standard input. */
                run(bytes, ...args) {
                    const ended = veha(['-', '--json', ...args], bytes);
                    if (!ended.out.trim()) throw new Error(`veha import said nothing: ${ended.error}`);
                    return { status: ended.status, error: ended.error, ...JSON.parse(ended.out) };
                },
                print: (bytes, ...args) => veha(['-', ...args], bytes),
                veha,
                sql: (statement) => sql(database.url, `set search_path = veha, public; ${statement}`),
                rows: (statement) => JSON.parse(sql(database.url, `set search_path = veha, public; select coalesce(jsonb_agg(to_jsonb(q)), '[]') from (${statement}) q`)),
            };
        },
        close() {
            for (const database of databases) database.drop();
            cluster.stop();
            fs.rmSync(folder, { recursive: true, force: true });
        },
    };
}
