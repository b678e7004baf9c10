/*
 * Одноклассники: the signed API a look needs, and the page of a group without script.
 *
 * A group is the record group.getInfo gives, with more: shortname, posts: [moment | {at, by, reshared, sticky, denied, unpublished, comments}], state ("missing", "throttled"),
 * error (an API error instead of its posts: {code, text}), answer (what is awkward about its page). Groups come from scenario.ok.groups (over the members of scenario.ok.usual).
 * Requests must be signed for scenario.ok.keys: {application_key, access_token, session_secret}; scenario.ok.error answers every method,
 * scenario.ok.limit allows so many calls a second, scenario.ok.people are names that belong to persons.
 */
import crypto from 'node:crypto';

import { html, json, redirect } from './answer.mjs';
import { escapeHtml, seconds } from './text.mjs';

export const pageHosts = ['ok.ru', 'www.ok.ru', 'm.ok.ru'];
export const apiHosts = ['api.ok.ru'];

/* What the stand-in knows when the scenario names no keys. */
export const keys = { application_key: 'STANDINKEY', access_token: 'stand-in-token', session_secret: 'stand-in-session-secret' };

const errors = {
    3: 'METHOD : Method does not exist',
    8: 'FLOOD_BLOCKED : Flood detected',
    100: 'PARAM : Missing required parameter',
    101: 'PARAM_API_KEY : Application not exist',
    102: 'PARAM_SESSION_EXPIRED : Session expired',
    104: 'PARAM_SIGNATURE : Invalid signature',
    160: 'PARAM_GROUP_ID : Invalid group id',
    300: 'NOT_FOUND : Object not found',
};

const md5 = (text) => crypto.createHash('md5').update(text).digest('hex');

function groups(scenario) {
    const ok = scenario.ok ?? {};
    return (ok.groups ?? []).map((record) => ({ access_type: 'OPEN', private: false, blocked: false, ...ok.usual, ...record, uid: String(record.uid) }));
}

/* Errors come in the body of a 200. */
function failure(code, text) {
    return json({ error_code: code, error_msg: text ?? errors[code] ?? 'UNKNOWN : Unknown error', error_data: null });
}

/* All parameters but the token and the signature itself, in the order of their names, and the session's secret. */
export function signature(query, secret) {
    const signed = [...query].filter(([name]) => name !== 'access_token' && name !== 'sig').sort(([one], [other]) => (one < other ? -1 : 1));
    return md5(signed.map(([name, value]) => `${name}=${value}`).join('') + secret);
}

const methods = { 'url.getInfo': urlGetInfo, 'group.getInfo': groupGetInfo, 'mediatopic.getTopics': getTopics };

export function answerApi(scenario, { path, query, method }, calls) {
    const ok = scenario.ok ?? {};
    const known = { ...keys, ...ok.keys };
    const ask = methods[query.get('method')];
    if (path !== '/fb.do' || method !== 'POST' || !ask) return failure(3);
    if (query.get('application_key') !== known.application_key) return failure(101);
    if (query.get('access_token') !== known.access_token) return failure(102);
    if (query.get('sig') !== signature(query, known.session_secret)) return failure(104);
    if (ok.error) return failure(ok.error.code, ok.error.text);
    if (ok.limit && calls.countWithin(1000) > ok.limit) return failure(8);
    return ask(scenario, query);
}

function find(scenario, path) {
    const wanted = decodeURIComponent(path).replace(/^\/+|\/+$/g, '').toLowerCase();
    return groups(scenario).find((record) => wanted === `group/${record.uid}` || wanted === record.shortname?.toLowerCase());
}

function urlGetInfo(scenario, query) {
    const { pathname } = new URL(query.get('url') ?? 'https://ok.ru/');
    const record = find(scenario, pathname);
    if (record && record.state !== 'missing') return json({ type: 'GROUP', objectId: Number(record.uid), objectIdStr: record.uid });
    if (scenario.ok?.people?.includes(pathname.slice(1))) return json({ type: 'PROFILE', objectId: 571234567890, objectIdStr: '571234567890' });
    return json({ type: 'UNKNOWN' });
}

function groupGetInfo(scenario, query) {
    const record = groups(scenario).find(({ uid }) => uid === query.get('uids'));
    if (!record || record.state === 'missing') return failure(300);
    if (record.state === 'throttled') return failure(8);
    const asked = new Set(['uid', ...(query.get('fields') ?? '').split(','), 'picAvatar']);
    return json([Object.fromEntries(Object.entries(record).filter(([name]) => asked.has(name)))]);
}

function getTopics(scenario, query) {
    const record = groups(scenario).find(({ uid }) => uid === query.get('gid'));
    if (!record) return failure(160);
    if (record.error) return failure(record.error.code, record.error.text);
    const posts = (record.posts ?? []).map((post) => (typeof post === 'string' ? { at: post } : post)).map((post, number) => topic(record, post, number));
    posts.sort((one, other) => (other.is_sticky ?? false) - (one.is_sticky ?? false) || other.created_ms - one.created_ms);
    const count = Number(query.get('count') ?? 10);
    return json({ media_topics: posts.slice(0, count), has_more: posts.length > count, anchor: 'end' });
}

function topic(record, post, number) {
    const sent = {
        id: String(150000000000 + number),
        created_ms: seconds(post.at) * 1000,
        author_ref: post.by ? `user:${post.by}` : `group:${record.uid}`,
        owner_ref: `group:${record.uid}`,
        media: [post.reshared ? { type: 'topic', reshare: true } : { type: 'text', text: 'Новости нашей работы.' }],
        discussion_summary: { comments_count: post.comments ?? 0 },
        is_commenting_denied: post.denied ?? false,
    };
    if (post.sticky) sent.is_sticky = true;
    if (post.unpublished) sent.is_unpublished_post = true;
    return sent;
}

export function answerPage(scenario, { path }) {
    if (path === '/') return html('<html><head><title>ОК</title></head><body><form></form></body></html>');
    const record = find(scenario, path);
    if (!record || record.state === 'missing') return html('<html><head></head><body><h1 class="p404_t">Этой страницы нет в OK</h1></body></html>', { status: 404 });
    if (record.state === 'throttled') return html('', { status: 429 });
    if (record.state === 'login') return redirect('/dk?st.cmd=anonymMain');
    if (record.blocked) return html('<html><head></head><body><h1 class="p404_t">Группа заблокирована</h1></body></html>');
    return html(groupPage(record), record.answer);
}

function groupPage(record) {
    const kind = record.private ? 'Закрытая группа' : 'Открытая группа';
    return `<!DOCTYPE html>
<html lang="ru"><head><meta charset="utf-8"><title>${escapeHtml(record.name)}</title></head>
<body><div id="hook_Block_LeftColumnTopCard"><h1 class="mctc_name_tx">${escapeHtml(record.name)}</h1><div class="group-info_category">${kind}</div></div>
<div class="group-info_block group-info_desc">${escapeHtml(record.description)}</div></body></html>`;
}
