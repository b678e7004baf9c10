/*
 * A gate: it holds what all who come need, and opens once they all wait for it. So they are under way at the same moment in each round, however busy the machine is.
 *
 *   const gate = openGate(veha);
 *   const answers = await gate.meet(round, 'select from veha.session where id = 7 for update', [() => ask(), () => askElsewhere()]);
 *
 * In every other round the last is let go first, and in each fifth they pass as they come. A test ends with gate.raced(rounds, first), which fails when they seldom waited at once, or when one
 * of them hardly ever came first. gate.query is veha.sql over a session that stays open.
 */
import assert from 'node:assert/strict';

const patience = 1000; // ms: a node gives up waiting for a lock long before, and its asker comes again

export function openGate(veha) {
    const [holder, watcher] = [veha.session(), veha.session()];
    const query = async (statement) => (await watcher.say(statement)).split('\n').slice(0, -1).join('\n');
    const waiting = async () => Number(await query("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"));
    let gathered = 0;

    async function gather(all, isOver) {
        const end = Date.now() + patience;
        while (!isOver() && Date.now() < end) if ((await waiting()) >= all) return gathered++;
        return null;
    }

    return {
        query,
        /* lock: a statement whose locks keep them, or null; meanwhile: what is done before the gate opens. The answers in the order of asks. */
        async meet(round, lock, asks, meanwhile = async () => undefined) {
            const order = asks.map((_, i) => i);
            if (round % 2) order.reverse();
            const isShut = lock !== null && round % 5 > 0;
            if (isShut) await holder.say(`begin; ${lock}`);
            const answers = [];
            const asked = order.map(async (i) => (answers[i] = await insist(asks[i])));
            if (isShut) await gather(asks.length, () => answers.length > 0);
            await meanwhile();
            if (isShut) await holder.say('rollback');
            await Promise.all(asked);
            return answers;
        },
        raced(rounds, first) {
            assert.ok(gathered > rounds / 2, `in ${gathered} rounds of ${rounds} they met`);
            assert.ok(Math.min(...first) > rounds / 10, `each came first sometimes: ${first}`);
            gathered = 0;
        },
        close: () => Promise.all([holder.close(), watcher.close()]),
    };
}

/* As any client does: 503 says that nothing was done, and that it may be asked again. */
async function insist(ask) {
    for (;;) {
        const answer = await ask();
        if (answer.status !== 503) return answer;
    }
}
