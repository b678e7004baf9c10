/* Records of a scenario by their names: a scenario of twenty thousand accounts is asked as quickly as one of three. */

const made = new WeakMap();

/* The first record of the list that has this name. The list does not change after the first question. */
export function recordNamed(list, nameOf, name) {
    if (!list) return undefined;
    if (!made.has(list)) made.set(list, new Map());
    const tables = made.get(list);
    if (!tables.has(nameOf)) tables.set(nameOf, new Map([...list].reverse().map((record) => [nameOf(record), record])));
    return tables.get(nameOf).get(name);
}
