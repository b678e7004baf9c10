/*
 * MAX: the bot API of one bot, and the page of a channel, which holds the channel's number.
 *
 * A channel is a record of scenario.max.channels (over the members of scenario.max.usual): {name, id (a text of digits: it may lie beyond 2^53), title, description, participants_count,
 * posts: [moment | {at, forwarded, reply}], added (false: the bot was never added), readable (false: its posts are not for the bot), status, type, is_public, link, icon}.
 * Requests must bring scenario.max.token; scenario.max.limit allows so many calls a second, scenario.max.error answers every request: {status, code}.
 */
import { html, json } from './answer.mjs';
import { escapeHtml, seconds } from './text.mjs';

export const pageHosts = ['max.ru', 'www.max.ru'];
export const apiHosts = ['platform-api2.max.ru'];
export const token = 'stand-in-max-token';

function channels(scenario) {
    const max = scenario.max ?? {};
    return (max.channels ?? []).map((record) => ({ type: 'channel', status: 'active', is_public: true, link: `https://max.ru/${record.name}`, ...max.usual, ...record }));
}

function postsOf(record) {
    return (record.posts ?? []).map((post) => (typeof post === 'string' ? { at: post } : post));
}

function failure(status, code, message = code) {
    return json({ code, message }, { status });
}

/* JSON.stringify would round what lies beyond 2^53. */
function withNumber(value, id) {
    return { status: 200, type: 'application/json', body: JSON.stringify(value).replaceAll('"{id}"', `-${id}`) };
}

export function answerApi(scenario, { path, query, authorization }, calls) {
    const max = scenario.max ?? {};
    if (authorization !== (max.token ?? token)) return failure(401, 'verify.token', 'Invalid access_token');
    if (max.error) return failure(max.error.status, max.error.code);
    if (max.limit && calls.countWithin(1000) > max.limit) return failure(429, 'too.many.requests');
    const id = /^\/chats\/-(\d+)$/.exec(path)?.[1] ?? (path === '/messages' ? query.get('chat_id')?.replace(/^-/, '') : undefined);
    const record = channels(scenario).find((one) => one.id === id);
    if (!record || record.added === false) return failure(404, 'chat.not.found', `Chat -${id} not found`);
    return path === '/messages' ? messages(record, Number(query.get('count') ?? 50)) : chat(record);
}

function chat(record) {
    const { type, status, title, description, participants_count, is_public, link } = record;
    const newest = Math.max(0, ...postsOf(record).map((post) => seconds(post.at) * 1000));
    const told = { chat_id: '{id}', type, status, title, description, participants_count, is_public, link, owner_id: 1, participants: null };
    return withNumber({ ...told, last_event_time: newest, icon: record.icon === false ? null : { url: 'https://cdn.invalid/icon.jpg' } }, record.id);
}

function messages(record, count) {
    if (record.readable === false) return failure(403, 'chat.denied');
    const sent = postsOf(record).map((post, number) => ({
        recipient: { chat_id: '{id}', chat_type: 'channel', user_id: null },
        timestamp: seconds(post.at) * 1000,
        link: post.forwarded || post.reply ? { type: post.forwarded ? 'forward' : 'reply', message: { mid: 'x', seq: 1, text: '', attachments: null } } : null,
        body: { mid: `mid.${number}`, seq: number, text: 'Новости нашей работы.', attachments: null },
    }));
    sent.sort((one, other) => other.timestamp - one.timestamp);
    return withNumber({ messages: sent.slice(0, count) }, record.id);
}

export function answerPage(scenario, { path }) {
    const record = channels(scenario).find(({ name }) => name.toLowerCase() === path.slice(1).toLowerCase());
    if (!record || record.state === 'missing') return html('<!DOCTYPE html><html><head><title>MAX</title></head><body><div id="root"></div></body></html>');
    if (record.state === 'throttled') return html('', { status: 429 });
    return html(`<!DOCTYPE html><html><head><title>${escapeHtml(record.title)}</title></head><body><div id="root"></div>
<script>window.__data={channel:{channelId:${record.id},link:"${record.name}"}}</script></body></html>`);
}
