/*
 * Reads TAP and counts its leaves.
 *
 * A leaf is a result that has no indented results of its own; so the subtests of node:test count, and the lines that only sum them up do not. A summing line that
 * fails although its leaves passed (a hook, a wrong plan) counts as one failure.
 */
export function readTap(text) {
    const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
    const lines = text.split('\n');
    let planned = null;
    let topLevel = 0;
    const open = []; // unclosed results of deeper levels: {depth, failed}
    for (let i = 0; i < lines.length; i++) {
        const plan = lines[i].match(/^1\.\.(\d+)(\s*#\s*skip.*)?\s*$/i);
        if (plan) {
            planned = Number(plan[1]);
            if (planned === 0 && plan[2]) counts.skipped++;
            continue;
        }
        if (/^Bail out!/.test(lines[i])) {
            counts.failed++;
            counts.failures.push(lines[i]);
            continue;
        }
        const result = lines[i].match(/^(\s*)(not )?ok\b(?:\s+\d+)?(.*)$/);
        if (!result) continue;
        const depth = result[1].length;
        const failed = result[2] !== undefined;
        if (depth === 0) topLevel++;
        let children = 0;
        let failedChildren = 0;
        while (open.length && open.at(-1).depth > depth) {
            const child = open.pop();
            children++;
            failedChildren += child.failed ? 1 : 0;
        }
        open.push({ depth, failed });
        if (children && (!failed || failedChildren)) continue;
        if (/#\s*(skip|todo)/i.test(result[3])) counts.skipped++;
        else if (!failed) counts.passed++;
        else {
            counts.failed++;
            counts.failures.push([lines[i].trim(), ...details(lines, i + 1, depth)].join('\n'));
        }
    }
    if (planned !== null && planned !== topLevel) {
        counts.failed++;
        counts.failures.push(`planned ${planned} tests, ran ${topLevel}`);
    }
    return counts;
}

/* What a failing line says of itself: the comments and the YAML block under it. */
function details(lines, start, depth) {
    const told = [];
    for (let i = start; i < lines.length && told.length < 40; i++) {
        const line = lines[i];
        if (!/^\s*#/.test(line) && !(line.startsWith(' '.repeat(depth + 2)) && !/^\s*(not )?ok\b/.test(line))) break;
        told.push(line);
    }
    return told;
}
