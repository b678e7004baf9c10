/*
 * Stands in for a mail server: SMTP over real sockets (RFC 5321), with STARTTLS (RFC 3207) and AUTH PLAIN where asked for.
 *
 *   const sink = await startSmtp({ certificate, key, starttls: true, answers: [{ at: 'RCPT', like: /gone@/, say: '550 5.1.1 no such user' }] });
 *   sink.letters        what came whole: [{ at, secure, user, from, to, data }]
 *   sink.setAnswers([]) from now on
 *
 * An answer: {at: verb, 'GREETING' or 'END' (of the letter), like: what the line, or the letter, must match, say, times} says this instead of a yes, so many times;
 * `drop: true` keeps the letter and cuts the connection without a word; `hold: true` keeps it, says nothing, and waits.
 */
import fs from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

export async function startSmtp({ certificate, key, starttls = false, user = null, password = null, answers = [] } = {}) {
    const state = { letters: [], sockets: new Set(), answers, starttls, user, password, secureContext: certificate && tls.createSecureContext({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }) };
    const server = net.createServer((socket) => {
        state.sockets.add(socket);
        socket.on('close', () => state.sockets.delete(socket));
        socket.on('error', () => undefined);
        serve(state, socket);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
        port: server.address().port,
        letters: state.letters,
        setAnswers: (changed) => (state.answers = changed),
        stop: () => new Promise((resolve) => {
            server.close(resolve);
            for (const socket of state.sockets) socket.destroy();
        }),
    };
}

function answerFor(state, at, words) {
    const answer = state.answers.find((one) => one.at === at && (!one.like || one.like.test(words)) && one.times !== 0);
    if (answer?.times) answer.times--;
    return answer;
}

function serve(state, socket) {
    const session = { socket, secure: false, user: null, from: null, to: [], data: null, rest: '' };
    listen(state, session);
    say(session, answerFor(state, 'GREETING', '')?.say ?? '220 stand.in ESMTP');
}

function listen(state, session) {
    session.socket.setEncoding('latin1');
    session.socket.on('data', (text) => {
        session.rest += text;
        while (take(state, session));
    });
}

const say = (session, line) => session.socket.write(`${line}\r\n`);

/* One line, or a whole letter; false when there is none yet. */
function take(state, session) {
    const ending = session.data === null ? '\r\n' : '\r\n.\r\n';
    const end = session.rest.indexOf(ending);
    if (end < 0 || session.upgrading) return false;
    const words = session.rest.slice(0, end);
    session.rest = session.rest.slice(end + ending.length);
    if (session.proving) prove(state, session, words);
    else if (session.data === null) obey(state, session, words);
    else finish(state, session, words);
    return true;
}

function obey(state, session, line) {
    const verb = line.split(' ')[0].toUpperCase();
    const answer = answerFor(state, verb, line);
    if (answer) say(session, answer.say);
    else (verbs[verb] ?? (() => say(session, '502 5.5.1 what?')))(state, session, line);
}

const verbs = {
    EHLO: (state, session) => {
        const offers = [...(state.starttls && !session.secure ? ['STARTTLS'] : []), ...(state.user ? ['AUTH PLAIN'] : [])];
        for (const offer of offers) say(session, `250-${offer}`);
        say(session, '250 8BITMIME');
    },
    STARTTLS: (state, session) => {
        say(session, '220 go ahead');
        session.upgrading = true;
        session.socket.removeAllListeners('data');
        session.socket = new tls.TLSSocket(session.socket, { isServer: true, secureContext: state.secureContext });
        session.socket.on('error', () => undefined);
        Object.assign(session, { secure: true, upgrading: false, rest: '' });
        listen(state, session);
    },
    /* With the initial response, or without. */
    AUTH: (state, session, line) => {
        const [, , proof] = line.split(' ');
        session.proving = proof === undefined;
        if (session.proving) say(session, '334 ');
        else prove(state, session, proof);
    },
    MAIL: (state, session, line) => {
        Object.assign(session, { from: /<(.*)>/.exec(line)?.[1], to: [] });
        say(session, '250 ok');
    },
    RCPT: (state, session, line) => {
        session.to.push(/<(.*)>/.exec(line)?.[1]);
        say(session, '250 ok');
    },
    DATA: (state, session) => {
        session.data = true;
        say(session, '354 go ahead');
    },
    RSET: (state, session) => say(session, '250 ok'),
    QUIT: (state, session) => {
        say(session, '221 bye');
        session.socket.end();
    },
};

function prove(state, session, proof) {
    const [, user, password] = Buffer.from(proof, 'base64').toString().split('\0');
    session.proving = false;
    session.user = user === state.user && password === state.password ? user : null;
    say(session, session.user ? '235 2.7.0 welcome' : '535 5.7.8 wrong name or password');
}

function finish(state, session, words) {
    const data = words.replace(/^\.\./gm, '.');
    const answer = answerFor(state, 'END', data);
    session.data = null;
    if (answer?.say) {
        say(session, answer.say);
        return;
    }
    state.letters.push({ at: Date.now(), secure: session.secure, user: session.user, from: session.from, to: session.to, data });
    if (answer?.drop) session.socket.destroy();
    else if (!answer?.hold) say(session, '250 2.0.0 kept');
}

/* A letter's header fields, unfolded and decoded, by their lower-case names, and its text. */
export function readLetter(data) {
    const [head, ...body] = data.split('\r\n\r\n');
    const fields = {};
    for (const line of head.replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
        const [, name, value] = /^([^:]+): ?(.*)$/.exec(line);
        fields[name.toLowerCase()] = decodeWords(value);
    }
    return { fields, names: head.split('\r\n').filter((line) => /^\S/.test(line)).map((line) => line.split(':')[0]), text: decodeBody(body.join('\r\n\r\n'), fields['content-transfer-encoding']) };
}

function decodeWords(value) {
    return value.replace(/\?=\s+=\?/g, '?==?').replace(/(=\?UTF-8\?B\?[^?]*\?=)+/g, (words) =>
        [...words.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)].map(([, word]) => Buffer.from(word, 'base64').toString('utf8')).join(''));
}

function decodeBody(body, encoding) {
    if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8').replaceAll('\r\n', '\n');
    const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(parseInt(code, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
}
