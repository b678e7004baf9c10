/*
 * Stands in for the networks and the official sites: one server with TLS under their real host names, answering from a scenario.
 *
 * A scenario (JSON): {answers: [{host, path, query, method, throttle_after, throttled, ...answer}], vk, ok, max, telegram, sites}: answers win over what the networks' own modules make of
 * their records; see the comments of answer.mjs, vk.mjs, ok.mjs, max.mjs, telegram.mjs and site.mjs. "${NAME}" in the names of files is taken from the environment.
 *
 * A scenario may change by itself: {start: ISO time, life: [{from: "+3d", ...members}]}: from that moment of the set clock on, the members of the entry stand in place of the scenario's own.
 *
 *   node tests/standin/standin.mjs --scenario FILE --certificate FILE --key FILE [--port N] [--plain N] [--control N]
 *
 *   node tests/standin/standin.mjs --scenario FILE --hosts      prints the host names
 *
 * The control port (loopback, plain HTTP): PUT /scenario changes the scenario, GET /requests tells what was asked since DELETE /requests.
 */
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { html, send } from './answer.mjs';
import * as max from './max.mjs';
import * as ok from './ok.mjs';
import * as site from './site.mjs';
import * as telegram from './telegram.mjs';
import { now, secondsAfter } from './text.mjs';
import * as vk from './vk.mjs';

/* Networks with an API beside their pages. */
const networks = [vk, ok, max];

/* Every host name a scenario answers for. */
export function hostsOf(scenario) {
    const sites = (scenario.sites ?? []).flatMap((one) => [one.host, `www.${one.host}`]);
    const answers = (scenario.answers ?? []).map((answer) => answer.host);
    return [...new Set([...networks.flatMap((network) => [...network.apiHosts, ...network.pageHosts]), ...telegram.hosts, ...sites, ...answers])];
}

/* Starts the servers on 127.0.0.1; a port of 0 picks a free one. Returns {port, plain, control, setScenario, requests, stop}. */
export async function startStandin({ scenario = {}, folder = '.', certificate, key, port = 0, plain = 0, control = 0 }) {
    const state = { scenario: prepare(scenario, folder), requests: [], counts: new Map() };
    const setScenario = (changed) => {
        state.scenario = prepare(changed, folder);
        state.counts.clear();
    };
    const onRequest = (request, response) => {
        answerRequest(state, request, response).catch((error) => {
            if (!response.headersSent) response.writeHead(500);
            response.end(String(error.stack));
        });
    };
    const servers = [
        https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, onRequest),
        http.createServer(onRequest),
        http.createServer((request, response) => answerControl(state, setScenario, request, response)),
    ];
    const ports = await Promise.all(servers.map((server, number) => listen(server, [port, plain, control][number])));
    return {
        port: ports[0],
        plain: ports[1],
        control: ports[2],
        setScenario,
        requests: () => state.requests,
        forgetRequests: () => (state.requests.length = 0),
        stop: () => Promise.all(servers.map((server) => new Promise((resolve) => {
            server.close(resolve);
            server.closeAllConnections();
        }))),
    };
}

function listen(server, port) {
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
}

/* Fills ${NAME} in file names and makes them absolute; folder is where the scenario lies. */
function prepare(scenario, folder) {
    const place = (file) => path.resolve(folder, file.replace(/\$\{(\w+)\}/g, (_, name) => process.env[name] ?? ''));
    const answers = (scenario.answers ?? []).map((answer) => (answer.file ? { ...answer, file: place(answer.file) } : answer));
    const life = (scenario.life ?? []).map(({ from, ...members }) => ({
        from: secondsAfter(scenario.start, from) * 1000,
        scenario: prepare({ ...scenario, life: [], ...members, vk: { ...scenario.vk, ...members.vk } }, folder),
    }));
    return { ...scenario, life, answers, vk: { ...scenario.vk, files: (scenario.vk?.files ?? []).map(place) } };
}

/* The scenario as it is by now. */
function scenarioOf(state) {
    return state.scenario.life.findLast(({ from }) => from <= now())?.scenario ?? state.scenario;
}

async function readBody(request) {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    return body;
}

async function answerRequest(state, request, response) {
    const url = new URL(request.url, 'https://stand.in');
    const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
    const body = await readBody(request);
    const query = new URLSearchParams(url.search);
    for (const [name, value] of new URLSearchParams(body)) query.append(name, value);
    const asked = { host, path: url.pathname, query, method: request.method, authorization: request.headers.authorization };
    state.requests.push({ at: Date.now(), host, path: url.pathname, method: request.method, query: Object.fromEntries(query), agent: request.headers['user-agent'] });
    await send(chooseAnswer(state, asked), request, response);
}

function chooseAnswer(state, asked) {
    const scenario = scenarioOf(state);
    const rule = scenario.answers.find((answer) => fits(answer, asked));
    if (rule) return throttled(state, rule);
    for (const network of networks) {
        if (network.apiHosts.includes(asked.host)) return network.answerApi(scenario, asked, callsOf(state, asked.host));
        if (network.pageHosts.includes(asked.host)) return network.answerPage(scenario, asked);
    }
    if (telegram.hosts.includes(asked.host)) return telegram.answer(scenario, asked);
    const known = site.find(scenario, asked.host);
    return known ? site.answer(known, asked) : html('<h1>404</h1>', { status: 404 });
}

function fits(answer, asked) {
    return (
        answer.host === asked.host &&
        (answer.path === undefined || answer.path === asked.path) &&
        (answer.method === undefined || answer.method === asked.method) &&
        Object.entries(answer.query ?? {}).every(([name, value]) => asked.query.get(name) === value)
    );
}

/* After throttle_after requests the rule gives its other answer. */
function throttled(state, rule) {
    const count = (state.counts.get(rule) ?? 0) + 1;
    state.counts.set(rule, count);
    return rule.throttle_after !== undefined && count > rule.throttle_after ? (rule.throttled ?? { status: 429 }) : rule;
}

function callsOf(state, host) {
    return {
        countWithin: (milliseconds) => {
            const since = Date.now() - milliseconds;
            const older = state.requests.findLastIndex(({ at }) => at <= since);
            return state.requests.slice(older + 1).filter((one) => one.host === host).length;
        },
    };
}

async function answerControl(state, setScenario, request, response) {
    const body = await readBody(request);
    const actions = {
        'PUT /scenario': () => setScenario(JSON.parse(body)),
        'GET /requests': () => state.requests,
        'DELETE /requests': () => void (state.requests.length = 0),
    };
    const action = actions[`${request.method} ${request.url}`];
    try {
        response.writeHead(action ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(action?.() ?? null));
    } catch (error) {
        response.end(JSON.stringify({ error: error.message }));
    }
}

async function main() {
    const text = { type: 'string' };
    const { values } = parseArgs({ options: { scenario: text, certificate: text, key: text, port: text, plain: text, control: text, hosts: { type: 'boolean' } } });
    const scenario = JSON.parse(fs.readFileSync(values.scenario, 'utf8'));
    if (values.hosts) return void console.log(hostsOf(scenario).join('\n'));
    const standin = await startStandin({
        scenario,
        folder: path.dirname(values.scenario),
        certificate: values.certificate,
        key: values.key,
        port: Number(values.port ?? 0),
        plain: Number(values.plain ?? 0),
        control: Number(values.control ?? 0),
    });
    console.log(`ready ${JSON.stringify({ port: standin.port, plain: standin.plain, control: standin.control })}`);
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => standin.stop().then(() => process.exit(0)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
