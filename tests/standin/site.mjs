/*
 * Official sites of organisations, made from short records.
 *
 * A record: {host, title, links: [address], widget: number, text, meta (the charset its meta element claims), feed: [moment] (RSS at /rss.xml), pages: {path: record}, answer}. Any path not in pages is 404.
 */
import { html } from './answer.mjs';
import { recordNamed } from './records.mjs';
import { escapeHtml, seconds } from './text.mjs';

const hostOf = (site) => site.host;

export function find(scenario, host) {
    const plain = host.replace(/^www\./, '');
    return recordNamed(scenario.sites, hostOf, plain);
}

export function answer(site, { path }) {
    if (path === '/rss.xml' && site.feed) return html(renderFeed(site), { type: 'application/rss+xml' });
    const page = path === '/' ? site : site.pages?.[path];
    if (!page) return html('<html><head><title>404</title></head><body><h1>Страница не найдена</h1></body></html>', { status: 404 });
    return html(render(page), page.answer);
}

function renderFeed(site) {
    const items = site.feed.map((moment) => `<item><title>Новость</title><pubDate>${new Date(seconds(moment) * 1000).toUTCString()}</pubDate></item>`);
    return `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>${escapeHtml(site.title)}</title>${items.join('')}</channel></rss>`;
}

function render(page) {
    const charset = page.meta ?? page.answer?.charset ?? 'utf-8';
    const links = (page.links ?? []).map((link) => `<li><a href="${escapeHtml(link)}" target="_blank">Мы в социальных сетях</a></li>`);
    const widget = page.widget
        ? `<div id="js-show-iframe-wrapper"><div class="pos-banner-fluid">Решаем вместе</div></div>
<script src="https://pos.gosuslugi.ru/bin/script.min.js"></script>
<script>(function(){ Widget("https://pos.gosuslugi.ru/form", ${page.widget}) })()</script>`
        : '';
    return `<!DOCTYPE html>
<html lang="ru"><head><title>${escapeHtml(page.title)}</title><meta charset="${charset}">${page.feed ? '<link rel="alternate" type="application/rss+xml" href="/rss.xml">' : ''}</head>
<body><header><h1>${escapeHtml(page.title)}</h1></header>
<nav><a href="/about">О нас</a><a href="/news">Новости</a><a href="/documents">Документы</a><a href="/contacts">Контакты</a></nav>
<main><p>${escapeHtml(page.text ?? 'Официальный сайт учреждения.')}</p>${widget}</main>
<footer><ul class="social">${links.join('')}</ul>
<a href="https://vk.com/share.php?url=https://${page.host ?? ''}/">Поделиться</a></footer></body></html>
`;
}
