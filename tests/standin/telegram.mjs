/*
 * Telegram as the web preview shows it: t.me/NAME and t.me/s/NAME, made from short records.
 *
 * A record: {name, title, description, subscribers, verified, posts: [moment | {at, forwarded, service, text}], state, answer}. state: "missing", "withheld" (exists, no
 * preview), "group". answer: what is awkward about the answer. scenario.usual_channel holds what records leave out.
 */
import { html, redirect } from './answer.mjs';
import { recordNamed } from './records.mjs';
import { escapeHtml, iso } from './text.mjs';

export const hosts = ['t.me', 'www.t.me', 'telegram.me', 'telegram.org'];

const nameOf = (record) => record.name.toLowerCase();

export function answer(scenario, { path }) {
    const [, preview, name] = /^\/(s\/)?([A-Za-z][A-Za-z0-9_]{3,31})$/.exec(path) ?? [];
    if (!name) return redirect('https://telegram.org/');
    const found = recordNamed(scenario.telegram, nameOf, name.toLowerCase());
    const record = found ? { ...scenario.usual_channel, ...found } : { name, state: 'missing' };
    if (record.state) return preview ? redirect(`https://t.me/${name}`) : html(card(record, cards[record.state]), record.answer);
    return html(preview ? channel(record) : card(record, cards.channel), record.answer);
}

const cards = {
    channel: { extra: (record) => `${record.subscribers ?? 100} subscribers`, title: true },
    group: { extra: (record) => `${record.subscribers ?? 100} members, 3 online`, title: true },
    withheld: { words: (record) => `If you have <strong>Telegram</strong>, you can view posts by <strong>${escapeHtml(record.name)}</strong> right away.` },
    missing: { words: (record) => `If you have <strong>Telegram</strong>, you can contact <a class="tgme_username_link" href="tg://resolve?domain=${record.name}">@${record.name}</a> right away.` },
};

function head(record, title) {
    return `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Telegram: Contact @${escapeHtml(record.name)}</title>
<meta property="og:title" content="${escapeHtml(title ?? `Telegram: Contact @${record.name}`)}">
<meta property="og:site_name" content="Telegram"></head>`;
}

function card(record, kind) {
    const title = kind.title ? `<div class="tgme_page_title" dir="auto"><span dir="auto">${escapeHtml(record.title)}</span></div><div class="tgme_page_extra">${kind.extra(record)}</div>` : '';
    const words = kind.words ? kind.words(record) : prose(record.description);
    return `${head(record, kind.title && record.title)}<body><div class="tgme_page">
<div class="tgme_page_photo"><a href="tg://resolve?domain=${record.name}"><img class="tgme_page_photo_image" src="https://cdn.invalid/photo.jpg"></a></div>
${title}<div class="tgme_page_description" dir="auto">${words}</div>
<div class="tgme_page_action"><a class="tgme_action_button_new" href="tg://resolve?domain=${record.name}">View in Telegram</a></div></div></body></html>`;
}

function prose(text) {
    return escapeHtml(text)
        .replace(/https?:\/\/[^\s<&]+/g, (url) => `<a href="${url}" target="_blank" rel="noopener">${url}</a>`)
        .replace(/\n/g, '<br>');
}

function channel(record) {
    const photo = record.photo === false ? '' : '<img src="https://cdn.invalid/photo.jpg">';
    const verified = record.verified ? '<i class="verified-icon"> ✔</i>' : '';
    const posts = (record.posts ?? []).map((post) => (typeof post === 'string' ? { at: post } : post));
    const count = record.subscribers ?? 100;
    return `${head(record, record.title)}<body class="widget_frame_base tgme_webpreview">
<header class="tgme_header search_collapsed"><div class="tgme_container"><div class="tgme_header_right_column"><section class="tgme_right_column">
<div class="tgme_channel_info"><div class="tgme_channel_info_header"><i class="tgme_page_photo_image bgcolor0" data-content="В">${photo}</i>
<div class="tgme_channel_info_header_title_wrap"><div class="tgme_channel_info_header_title"><span dir="auto">${escapeHtml(record.title)}</span>${verified}</div>
<div class="tgme_channel_info_header_labels"></div></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/${record.name}">@${record.name}</a></div></div>
<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter"><span class="counter_value">${count}</span> <span class="counter_type">${count === 1 ? 'subscriber' : 'subscribers'}</span></div>
<div class="tgme_channel_info_counter"><span class="counter_value">7</span> <span class="counter_type">photos</span></div></div>
<div class="tgme_channel_info_description">${prose(record.description)}</div></div></section></div></div></header>
<main class="tgme_main" data-url="/${record.name}"><div class="tgme_container"><section class="tgme_channel_history js-message_history">
${posts.map((post, number) => message(record, post, 100 + number)).join('\n')}
</section></div></main></body></html>`;
}

function message(record, post, number) {
    const service = post.service ? ' service_message' : '';
    const forwarded = post.forwarded ? `<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/${post.forwarded}/1"><span dir="auto">${escapeHtml(post.forwarded)}</span></a></div>` : '';
    return `<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap${service} js-widget_message" data-post="${record.name}/${number}">
<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="https://t.me/${record.name}"><span dir="auto">${escapeHtml(record.title)}</span></a></div>
${forwarded}<div class="tgme_widget_message_text js-message_text" dir="auto">${escapeHtml(post.text ?? 'Новости нашей работы.')}</div>
<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info short js-message_info"><span class="tgme_widget_message_views">166</span>
<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="https://t.me/${record.name}/${number}"><time datetime="${iso(post.at)}" class="time">10:31</time></a></span></div></div></div></div></div>`;
}
