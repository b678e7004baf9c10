/*
 * ВКонтакте: the API methods a look needs, and the page of a community without script.
 *
 * A community is the record groups.getById gives, with more: posts: [moment | {at, text, forwarded, by, pinned, closed, comments: [{id, by, at, text, reply: moment of the page's}]}], state ("missing", "throttled"), error (an
 * API error instead of its wall: {code, text}), answer (what is awkward about its page). Communities come from scenario.vk.communities (over the members of scenario.vk.usual) and from the API
 * answers named in scenario.vk.files, which stay as they were saved but for what a record of the same id adds. scenario.vk.error answers every method;
 * scenario.vk.limit allows so many calls a second.
 */
import fs from 'node:fs';

import { html, json, redirect } from './answer.mjs';
import { recordNamed } from './records.mjs';
import { escapeHtml, now, seconds } from './text.mjs';

export const pageHosts = ['vk.com', 'www.vk.com', 'm.vk.com', 'vk.ru', 'm.vk.ru', 'www.vk.ru'];
export const apiHosts = ['api.vk.com', 'api.vk.ru'];

const errors = {
    5: 'User authorization failed: no access_token passed.',
    3: 'Unknown method passed',
    6: 'Too many requests per second',
    15: 'Access denied: wall is disabled',
    100: 'One of the parameters specified was missing or invalid',
};
const alwaysSent = ['id', 'name', 'screen_name', 'is_closed', 'type', 'deactivated', 'photo_50', 'photo_100', 'photo_200'];
const photo = 'https://cdn.invalid/photo.jpg';

const made = new WeakMap();

/* Every community of a scenario, made once. */
function communities(scenario) {
    if (!made.has(scenario)) made.set(scenario, makeCommunities(scenario.vk ?? {}));
    return made.get(scenario);
}

function makeCommunities(vk) {
    const saved = (vk.files ?? []).flatMap((file) => {
        const { response } = JSON.parse(fs.readFileSync(file, 'utf8'));
        return Array.isArray(response) ? response : response.groups;
    });
    const own = (vk.communities ?? []).map((record) => ({ ...vk.usual, ...record }));
    const told = saved.map((record) => ({ ...record, ...own.find((more) => more.id === record.id) }));
    return [...own.filter((record) => !told.some((other) => other.id === record.id)).map(complete), ...told];
}

function complete(record) {
    const shape = { screen_name: `club${record.id}`, is_closed: 0, type: 'page', photo_50: photo, photo_100: photo, photo_200: photo, has_photo: 1, wall: 1, can_message: 1 };
    return { ...shape, ...record };
}

const numberOf = (record) => String(record.id);
const nameOf = (record) => record.screen_name.toLowerCase();

function find(known, name) {
    const number = /^(?:club|public|event|-)?(\d+)$/.exec(name)?.[1];
    const lower = name.toLowerCase();
    return number ? recordNamed(known, numberOf, number) : recordNamed(known, nameOf, lower);
}

function failure(code, text, query) {
    const params = [...query].filter(([key]) => key !== 'access_token').map(([key, value]) => ({ key, value }));
    return json({ error: { error_code: code, error_msg: text ?? errors[code] ?? 'Unknown error occurred', request_params: params } });
}

const methods = { 'groups.getById': groupsGetById, 'wall.get': wallGet, 'wall.getComments': wallGetComments, 'utils.resolveScreenName': resolveScreenName };

export function answerApi(scenario, { path, query }, calls) {
    const method = methods[path.replace(/^\/method\//, '')];
    const vk = scenario.vk ?? {};
    if (!method) return failure(3, undefined, query);
    if (!query.get('access_token')) return failure(5, undefined, query);
    if (vk.error) return failure(vk.error.code, vk.error.text, query);
    if (vk.limit && calls.countWithin(1000) > vk.limit) return failure(6, undefined, query);
    return method(communities(scenario), query);
}

function groupsGetById(known, query) {
    const wanted = (query.get('group_ids') || query.get('group_id') || '').split(',').filter(Boolean);
    const found = wanted.map((name) => find(known, name)).filter((record) => record && record.state !== 'missing');
    if (!wanted.length || !found.length) return failure(100, undefined, query);
    if (found.some((record) => record.state === 'throttled')) return failure(6, undefined, query);
    const sent = new Set([...alwaysSent, ...(query.get('fields') ?? '').split(',')]);
    const groups = found.map((record) => Object.fromEntries(Object.entries(record).filter(([key]) => sent.has(key))));
    return json({ response: Number(query.get('v') ?? 5.199) >= 5.139 ? { groups, profiles: [] } : groups });
}

function wallGet(known, query) {
    const record = find(known, query.get('owner_id') || query.get('domain') || '');
    if (!record || record.state === 'missing') return failure(100, undefined, query);
    if (record.error) return failure(record.error.code, record.error.text, query);
    if (record.deactivated) return failure(15, 'Access denied: group is blocked', query);
    if (record.is_closed) return failure(15, 'Access denied: this wall available only for community members', query);
    if (record.wall === 0) return failure(15, undefined, query);
    const posts = (record.posts ?? []).map((post, number) => wallPost(record, typeof post === 'string' ? { at: post } : post, number));
    posts.sort((one, other) => (other.is_pinned ?? 0) - (one.is_pinned ?? 0) || other.date - one.date);
    const offset = Number(query.get('offset') ?? 0);
    return json({ response: { count: posts.length, items: posts.slice(offset, offset + Number(query.get('count') ?? 20)) } });
}

function wallPost(record, post, number) {
    const sent = {
        id: 1000 - number,
        from_id: post.by ?? -record.id,
        owner_id: -record.id,
        date: seconds(post.at),
        post_type: 'post',
        text: post.text ?? 'Новости нашей работы.',
        comments: { count: post.comments?.length ?? 0, can_post: post.closed ? 0 : 1 },
    };
    if (post.pinned) sent.is_pinned = 1;
    if (post.forwarded) sent.copy_history = [{ id: 1, owner_id: -post.forwarded, from_id: -post.forwarded, date: sent.date, post_type: 'post', text: 'Чужая запись' }];
    return sent;
}

function wallGetComments(known, query) {
    const record = find(known, query.get('owner_id') ?? '');
    const post = record?.posts?.[1000 - Number(query.get('post_id'))];
    if (!post) return failure(100, undefined, query);
    const items = (post.comments ?? []).map(({ id, by, at, text, reply }) => {
        const answer = { id: 100 + id, from_id: -record.id, date: reply && seconds(reply), text: 'Уже началась.', reply_to_comment: id, reply_to_user: by };
        return { id, from_id: by, date: seconds(at), text, thread: { count: reply ? 1 : 0, items: reply ? [answer] : [] } };
    });
    return json({ response: { count: items.length, current_level_count: items.length, can_post: true, items } });
}

function resolveScreenName(known, query) {
    const record = find(known, query.get('screen_name') ?? '');
    return json({ response: record && record.state !== 'missing' ? { object_id: record.id, group_id: record.id, type: record.type === 'event' ? 'event' : 'group' } : [] });
}

export function answerPage(scenario, { path }) {
    if (path === '/429.html') return html('<html><head><title>429 Too Many Requests</title></head><body>Слишком много запросов</body></html>');
    const record = find(communities(scenario), path.slice(1));
    if (!record || record.state === 'missing') return html(missingPage, { status: 404, charset: 'windows-1251' });
    if (record.state === 'throttled') return redirect('/429.html');
    return html(communityPage(record), { charset: 'windows-1251', ...record.answer });
}

const missingPage = '<html><head><title>404 Not Found</title></head><body style="background: #3f5d81 url(https://vk.com/images/error404.png) no-repeat 50% 50%"><a href="https://vk.com/"></a></body></html>';

function communityPage(record) {
    const badge = record.is_government_organization ? '<div class="GovernmentCommunityBadge GovernmentCommunityBadge--inline">Госорганизация</div>' : '';
    const site = record.site ? `<div class="group_info_row site" title="Сайт"><a href="/away.php?to=${encodeURIComponent(record.site)}" target="_blank">${escapeHtml(record.site)}</a></div>` : '';
    const cover = record.cover?.enabled ? '<div class="page_cover" style="background-image: url(https://cdn.invalid/cover.jpg)"></div>' : '';
    const closed = record.is_closed ? '<div class="group_info_private">Это закрытое сообщество</div>' : '';
    return `<!DOCTYPE html>
<html lang="ru"><head><meta http-equiv="content-type" content="text/html; charset=windows-1251"/><title>${escapeHtml(record.name)}</title>
<meta property="og:title" content="${escapeHtml(record.name)}"/><meta property="og:url" content="https://vk.com/${record.screen_name}"/>
<meta name="description" content="${escapeHtml(record.description)}"/></head>
<body><div id="page_body">${cover}<div id="group" data-generated="${Math.floor(now() / 1000)}"><div class="page_block">
<div class="page_avatar"><img class="page_avatar_img" src="${record.photo_200}"/></div>
<h1 class="page_name">${escapeHtml(record.name)}</h1>${badge}${closed}
<div class="group_info_row info" title="Описание"><div class="line_value">${escapeHtml(record.description)}</div></div>${site}
</div></div></div></body></html>
`;
}
