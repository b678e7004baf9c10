/*
 * The rules that `make mutate` breaks one at a time, beside those it reads from the database. A line: where, the exact text (it must be there once), what stands
 * in its place, and the test that must fail.
 */

const token = 'server/identity/token.c';
const key = 'server/identity/key.c';
const caller = 'server/identity/caller.c';
const kept = 'server/identity/caller_read.c';
const guard = 'tenants/verify/guard.c';
const csrf = 'server/web/csrf.c';
const args = 'server/web/args.c';
const etag = 'server/web/etag.c';
const unit = 'server/db/unit.c';
const request = 'server/web/request.c';
const sign = 'server/web/session_sign.c';

const noNul = 'the reader of JSON refuses a NUL within a text';

/* Mutants that change nothing anybody could see, each with its reason. */
export const same = {
    'session_renew(): id = used.session and ended_at is null → id = used.session':
        'closing a session forgets its spent tokens, so that none leads to one that has ended',
    [`${token}: if (last != (dot == NULL)) → if (!last && dot == NULL)`]: 'a dot in the third segment is no base64url either',
    [`${token}: strlen(wanted) == json_string_length(value) && → nothing`]: noNul,
    [`${token}: || strlen(text) != json_string_length(value)  → nothing`]: noNul,
    [`${token}:  && strlen(json_string_value(value)) == length; → ;`]: noNul,
    [`${token}: segments[2].size != SIGNATURE_SIZE ||  → nothing`]: 'libjwt takes no signature of another size for this curve',
    [`${token}: key->public_length == 0 || → nothing`]:
        'libjwt, which verifies nothing then, calls the algorithm none, and that is refused behind it; without both: caught',
    [`${token}: return jwt_get_alg(jwt) == JWT_ALG_ES256; → return true;`]:
        'an empty key, the one way to another answer, is refused before it; without both: caught',
    [`${key}: !EVP_PKEY_is_a(pair, "EC") ||  → nothing`]: 'keys of other kinds have no group of that name',
    [`${key}: O_EXCL |  → O_TRUNC | `]: 'a draft bears the number of its process, and link() takes no name that is there',
    [`${args}: digits == 0 || header[1 → header[1`]: 'a version of no digits is no version',
};

/* Functions of the database that decide whether a caller lives, and what keys are used for. */
export const functions = [
    ['scope', ' and p.disabled_at is null', '', 'isolation'],
    ['scope', ' and r.capability = wanted', '', 'policy'],
    ['scope', 'm.person = caller()', 'true', 'policy'],
    ['scope', 'and m.ended_at is null', '', 'isolation'],
    ['scope', ' and c.capability = wanted', '', 'service'],
    ['scope', 's.id = service() and s.revoked_at is null', 's.id = service()', 'service'],
    ['manage_scope', ' and r.manages = wanted', '', 'policy'],
    ['manage_scope', 'm.person = caller()', 'true', 'policy'],
    ['manage_scope', 'and m.ended_at is null', '', 'people'],
    ['enter', 'elsif objection is not null then', 'elsif false then', 'session'],
    ['enter', 'if objection = \'factor_required\' then', 'if false then', 'second_factor'],
    ['enter', 'not coalesce(before_notice, false) and not veha.caller_informed(person)', 'false', 'letter'],
    ['enter', 'not veha.service_lives(service)', 'false', 'service'],
    ['caller_objection', 'when s.ended_at is not null then \'session_ended\'', 'when false then null', 'session'],
    ['caller_objection', 'when p.roles <> told then \'token_stale\'', '', 'second_factor'],
    ['caller_objection', 's.state <> \'open\' and not unfinished', 'false', 'second_factor'],
    ['caller_objection', ' and not unfinished', '', 'second_factor'],
    ['caller_objection', ' and p.disabled_at is null', '', 'session'],
    ['caller_objection', ' and s.person = who', '', 'session'],
    ['caller_informed', ' and version = privacy_version()', '', 'letter'],
    ['comment_withdraw', ' and person = veha.caller()', '', 'comment'],
    ['comment_withdraw', 'written.at <= veha.now() - veha.comment_regret()', 'false', 'comment'],
    ['comment_untell', ' and c.taken_at is not null', '', 'comment'],
    ['notice_readers', ' and m.person is distinct from caller()', '', 'comment'],
    ['session_attempt', ' and p.disabled_at is null', '', 'session'],
    ['session_attempt', ' and not person_idle(p)', '', 'people'],
    ['session_attempt', 'where a.at + sign_in_pause(a.count) <= greatest(a.at, moment)', '', 'session'],
    ['session_open', 'factor_challenge(who, refresh)', 'false', 'second_factor'],
    ['session_begin', 'where id = who and disabled_at is null', 'where id = who', 'session'],
    ['session_begin', ' and not veha.person_idle(p)', '', 'people'],
    ['session_claims', 'where person = p.id and ended_at is null', 'where person = p.id', 'session'],
    ['session_renew', 'refresh_hash = presented and ended_at is null', 'refresh_hash = presented', 'session'],
    ['session_renew', 'id = used.session and ended_at is null', 'id = used.session', 'session'],
    ['session_renew', ' and disabled_at is null', '', 'session'],
    ['session_renew', 'family.created_at <= moment - hours * interval \'1 hour\' or ', '', 'session'],
    ['session_renew', ' or family.seen_at <= moment - idle_minutes * interval \'1 minute\'', '', 'session'],
    ['session_renew', 'used.serial < family.refresh_serial - 1 or ', '', 'session'],
    ['session_renew', 'family.rotated_at < moment - interval \'30 s\' and used.serial is not null', 'false', 'session'],
    ['session_renew', 'insert into session_spent values (presented, family.id, family.refresh_serial);', '', 'session'],
    ['session_renew', 'family.refresh_hash <> successor', 'false', 'session'],
    ['session_renew', 'perform session_close(family.id, \'replayed\');', '', 'session'],
    ['session_end', ' and person = caller()', '', 'session'],
    ['idempotency_begin', 'earlier.use is distinct from purpose', 'false', 'session'],
    ['idempotency_begin', 'perform veha.refuse(208, \'replay\');', '', 'session'],
    ['idempotency_begin', ' and at < veha.now() - interval \'1 day\'', '', 'session'],
    ['factor_attempt', ' and c.created_at >= veha.now() - challenge_life()', '', 'second_factor'],
    ['factor_pass', ' and created_at >= veha.now() - challenge_life()', '', 'second_factor'],
    ['factor_pass', ' and counter < step', '', 'second_factor'],
    ['factor_pass', ' and used_at is null', '', 'second_factor'],
    ['factor_pass', 'delete from sign_in_challenge where hash = given;', '', 'second_factor'],
    ['factor_reachable', 'c.person = veha.caller()', 'true', 'second_factor'],
    ['factor_reachable', 'm.place between c.place and c.last', 'true', 'second_factor'],
    ['factor_reachable', 'veha.role_rank(c.role) >= veha.role_rank(m.role)', 'true', 'second_factor'],
    ['person_manageable', 'place <@ manage_scope(role)', 'true', 'people'],
    ['invitation_manageable', 'place <@ manage_scope(role)', 'true', 'people'],
    ['invitation_open', 'i.accepted_at is null and ', '', 'people'],
    ['invitation_open', 'i.revoked_at is null and ', '', 'people'],
    ['invitation_open', ' and i.expires_at > veha.now()', '', 'people'],
    ['invitation_accept', 'accepted_at is null and ', '', 'people'],
    ['invitation_accept', 'revoked_at is null and ', '', 'people'],
    ['invitation_accept', ' and expires_at > veha.now()', '', 'people'],
    ['invitation_accept', 'somebody.id is distinct from caller() and caller() is not null', 'false', 'people'],
    ['invitation_accept', 'caller() is null and (somebody.id is not null or chosen is null)', 'false', 'people'],
    ['password_reset_person', ' and p.disabled_at is null', '', 'letter'],
    ['password_reset_person', ' and r.used_at is null', '', 'letter'],
    ['password_reset_person', ' and r.at > veha.now() - interval \'1 hour\'', '', 'letter'],
    ['password_reset_use', 'delete from sign_in_challenge where person = who;', '', 'letter'],
    ['service_lives', ' and revoked_at is null', '', 'service'],
    ['service_lives', ' and expires_at > veha.now()', '', 'service'],
    ['service_open', ' and revoked_at is null', '', 'service'],
    ['service_open', ' and expires_at > veha.now()', '', 'service'],
];

const foreignForm = 'session.test.mjs: a sign-in form of another site is refused';
const byCookie = 'session.test.mjs: a change by cookie takes the token of its session';

/* Each line of a table of demands left out; those above it tell the tables apart. */
function demandsOf(name, lines) {
    const upTo = (count) => [`${name}[] = {`, ...lines.slice(0, count)].join('\n    ');
    return lines.map((_, i) => [token, upTo(i + 1), upTo(i), 'identity/token_test']);
}

export const sources = [
    /* The shape of a token. */
    [token, 'length > TOKEN_LONGEST', 'false', 'identity/token_test'],
    [token, 'if (last != (dot == NULL))', 'if (!last && dot == NULL)', 'identity/token_test'],
    [token, 'if (segment->length == 0 || sodium', 'if (sodium', 'identity/token_test'],
    [token, 'sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)', 'sodium_base64_VARIANT_URLSAFE) != 0)', 'identity/token_test'],
    [token, 'JSON_REJECT_DUPLICATES', '0', 'identity/token_test'],
    [token, 'return json_is_object(value) ? value : NULL;', 'return value;', 'identity/token_test'],
    [token, 'strlen(wanted) == json_string_length(value) &&', '', 'identity/token_test'],
    [token, 'strcmp(json_string_value(value), wanted) == 0', 'true', 'identity/token_test'],
    [token, 'if (header == NULL)', 'if (false)', 'identity/token_test'],
    [token, '!is_text(json_object_get(header, "alg"), algorithm)', 'false', 'identity/token_test'],
    [token, '!is_text(json_object_get(header, "typ"), token_type) || ', '', 'identity/token_test'],
    [token, ' || json_object_size(header) != 3', '', 'identity/token_test'],
    [token, 'return json_is_string(id) ? keyring_find(keys, json_string_value(id), json_string_length(id)) : NULL;',
     'return &keys->keys[0];', 'identity/token_test'],
    [token, 'segments[2].size != SIGNATURE_SIZE || ', '', 'identity/token_test'],
    [token, '!is_signed(pool, pool_copy_length(pool, text, length), key)', 'false', 'identity/token_test'],
    [token, 'key->public_length == 0 ||', '', 'identity/token_test'],
    [token, 'return jwt_get_alg(jwt) == JWT_ALG_ES256;', 'return true;', 'identity/token_test'],
    [token, `key->public_length == 0 || /* to libjwt an empty key means: do not verify */
        jwt_decode(&jwt, text, (const unsigned char *)key->public_pem, (int)key->public_length) != 0 || jwt == NULL)
        return false;
    pool_adopt(pool, jwt, release_jwt);
    return jwt_get_alg(jwt) == JWT_ALG_ES256;`,
    `jwt_decode(&jwt, text, (const unsigned char *)key->public_pem, (int)key->public_length) != 0 || jwt == NULL)
        return false;
    pool_adopt(pool, jwt, release_jwt);
    return true;`, 'identity/token_test'],
    /* What it claims: each demand, and what each means. */
    ...demandsOf('demands_of_all', [
        '{"iss", is_issuer, "token_issuer"},', '{"exp", is_moment, "token_times"},', '{"nbf", is_moment, "token_times"},', '{"iat", is_moment, "token_times"},',
        '{"exp", is_ahead, "token_expired"},', '{"nbf", has_come, "token_early"},', '{"iat", has_come, "token_early"},', '{"jti", is_short_text, "token_id"},',
        '{"name", is_short_text, "token_name"},',
    ]),
    ...demandsOf('demands_of_person', [
        '{"aud", is_audience, "token_audience"},', '{"sub", is_id, "token_person"},', '{"sid", is_id, "token_session"},', '{"locale", is_short_text, "token_locale"},',
        '{"roles", is_role_list, "token_roles"},', '{"scope", is_scope_list, "token_scope"},',
    ]),
    ...demandsOf('demands_of_service', [
        '{"sub", is_id, "token_service"},', '{"capabilities", is_role_list, "token_capabilities"},',
    ]),
    [token, 'code = unmet_demand(demands_of_all, json, &judging);', 'code = of_service ? NULL : unmet_demand(demands_of_all, json, &judging);', 'identity/token_test'],
    [token, 'of_service ? demands_of_service : demands_of_person', 'demands_of_service', 'identity/token_test'],
    [token, 'of_service ? demands_of_service : demands_of_person', 'demands_of_person', 'identity/token_test'],
    [token, 'json_is_integer(value) && json_integer_value(value) > 0', 'json_is_integer(value)', 'identity/token_test'],
    [token, 'json_is_integer(value) && json_integer_value(value) > 0', 'json_number_value(value) > 0', 'identity/token_test'],
    [token, 'json_integer_value(value) > judging->now;', 'json_integer_value(value) >= judging->now;', 'identity/token_test'],
    [token, 'judging->now + judging->rules->leeway', 'judging->now + judging->rules->leeway + 1', 'identity/token_test'],
    [token, '|| strlen(text) != json_string_length(value) ', '', 'identity/token_test'],
    [token, '|| !text_is_digits(text) ', '', 'identity/token_test'],
    [token, "|| text[0] == '0'", '', 'identity/token_test'],
    [token, 'return errno == 0;', 'return true;', 'identity/token_test'],
    [token, 'length > 0 && length <= TEXT_LONGEST', 'length <= TEXT_LONGEST', 'identity/token_test'],
    [token, 'length > 0 && length <= TEXT_LONGEST', 'length > 0', 'identity/token_test'],
    [token, ' && strlen(json_string_value(value)) == length;', ';', 'identity/token_test'],
    [token, '!json_is_array(value) || ', '', 'identity/token_test'],
    [token, ' || json_array_size(value) > most', '', 'identity/token_test'],
    [token, 'if (!is_short_text(json_array_get(value, i), judging))', 'if (false)', 'identity/token_test'],

    /* Keys that must not sign. */
    [key, 'length > 0 && length <= KEY_ID_LONGEST', 'length <= KEY_ID_LONGEST', 'identity/key_test'],
    [key, 'length > 0 && length <= KEY_ID_LONGEST', 'length > 0', 'identity/key_test'],
    [key, " && id[length] == '\\0'", '', 'identity/key_test'],
    [key, '!S_ISREG(status.st_mode)', 'false', 'identity/key_test'],
    [key, 'status.st_mode & (S_IRWXG | S_IRWXO)', 'status.st_mode & S_IRWXG', 'identity/key_test'],
    [key, 'status.st_mode & (S_IRWXG | S_IRWXO)', 'status.st_mode & S_IRWXO', 'identity/key_test'],
    [key, '!EVP_PKEY_is_a(pair, "EC") || ', '', 'identity/key_test'],
    [key, 'strcmp(group, "prime256v1") != 0', 'false', 'identity/key_test'],
    [key, 'EVP_PKEY_check(context) == 1', 'true', 'identity/key_test'],
    [key, 'if (pair == NULL)', 'if (false)', 'identity/key_test'],
    [key, 'if (!is_sound_p256(pool, pair))', 'if (false)', 'identity/key_test'],
    [key, 'if (count == 0)', 'if (false)', 'identity/key_test'],
    [key, 'if (names == NULL)', 'if (false)', 'identity/key_test'],
    [key, 'strlen(keys->keys[i].id) == length && ', '', 'identity/key_test'],
    [key, ' && memcmp(keys->keys[i].id, id, length) == 0', '', 'identity/key_test'],
    [key, 'O_EXCL | ', 'O_TRUNC | ', 'identity/key_test'],
    [key, 'if (!id_is_plain(id))\n        return refuse(pool, "key_name", path, "a key\'s name is of Latin letters, digits, - and _");\n    key->id',
     'key->id', 'identity/key_test'],
    [key, 'if (!id_is_plain(id))\n        return refuse(pool, "key_name", path, "a key\'s name is of Latin letters, digits, - and _");\n\n',
     '', 'identity/key_test'],

    /* Who may, and what is remembered of a checked token. */
    [caller, 'strcmp(rule_capability(i), capability) == 0 && speaks_for(i, caller)', 'speaks_for(i, caller)', 'identity/caller_test'],
    [caller, ' && speaks_for(i, caller)', '', 'identity/caller_test'],
    [caller, 'strcmp(rule_role(number), service_role) == 0 && ', '', 'identity/caller_test'],
    [caller, ' && has_role(caller, rule_capability(number))', '', 'identity/caller_test'],
    [caller, 'if (strcmp(caller->roles[i], role) == 0)', 'if (true)', 'identity/caller_test'],
    [caller, 'if (!is_rule_table(table))', 'if (table == NULL)', 'identity/caller_test'],
    [kept, ' || memcmp(set[i].hash, hash, HASH_SIZE) != 0', '', 'identity/caller_test'],
    [kept, 'if (set[i].expires_at > now)', 'if (true)', 'identity/caller_test'],
    [kept, 'if (kept != NULL && kept->texts == NULL)\n        return fault_new(pool, FAULT_UNSIGNED, kept->service ? "service_ended" : "session_ended");\n',
     'if (kept != NULL && kept->texts == NULL)\n        kept = NULL;\n', 'identity/caller_test'],
    [kept, 'kept->texts != NULL && is_of(kept, id)', 'false', 'identity/caller_test'],
    [kept, 'return !kept->service && ', 'return ', 'identity/caller_test'],
    [kept, 'return kept->service && ', 'return ', 'identity/caller_test'],
    [kept, 'strcmp(kept->texts + strlen(kept->texts) + 1, session) == 0', 'true', 'identity/caller_test'],
    ['server/identity/refresh.c', ' ||\n        size != sizeof bytes', '', 'identity/refresh_test'],

    /* Where a look may never go. */
    ...['"0.0.0.0", 8', '"10.0.0.0", 8', '"100.64.0.0", 10', '"127.0.0.0", 8', '"169.254.0.0", 16', '"172.16.0.0", 12', '"192.0.0.0", 24', '"192.0.2.0", 24',
        '"192.31.196.0", 24', '"192.52.193.0", 24', '"192.88.99.0", 24', '"192.168.0.0", 16', '"192.175.48.0", 24', '"198.18.0.0", 15', '"198.51.100.0", 24', '"203.0.113.0", 24',
        '"224.0.0.0", 4', '"240.0.0.0", 4',
        '"2001::", 23', '"2001:db8::", 32', '"2002::", 16', '"2620:4f:8000::", 48', '"3fff::", 20',
    ].map((range) => [guard, `{${range},`, `{${range.includes('::') ? '"1::", 128' : '"1.2.3.4", 32'},`, 'tenants/fetch_test']),
    [guard, '!is_within(address, &network, 3)', 'false', 'tenants/fetch_test'],
    [guard, '(port != 80 && port != 443)', 'false', 'tenants/fetch_test'],
    [guard, 'if (bytes == NULL || (port', 'if (bytes != NULL && (port', 'tenants/fetch_test'],
    [guard, 'rest == 0 || ', 'rest == 0 || true || ', 'tenants/fetch_test'],
    [guard, 'own.length[i] == length && memcmp(own.bytes[i], address, length) == 0', 'false', 'tenants/guard_test'],
    [guard, 'own.length[i] == length && ', '', 'tenants/guard_test'],
    [guard, 'own.count = 0;\n    if', 'if', 'tenants/guard_test'],

    /* Changes: whose form it is, which version it saw, which key it carries. */
    [csrf, 'if (!is_same_origin(request))', 'if (false)', foreignForm],
    [csrf, 'site != NULL && !text_equal(site, "same-origin") && !text_equal(site, "none")', 'false', foreignForm],
    [csrf, 'text_starts(origin, "https://") && ', '', foreignForm],
    [csrf, 'memcmp(origin + 8, authority.base, authority.len) == 0', 'true', foreignForm],
    [csrf, 'strlen(given) == strlen(right) && sodium_memcmp(given, right, strlen(right)) == 0', 'strlen(given) == strlen(right)', foreignForm],
    [csrf, '(proof == CALLER_NOBODY && !request_is_form(request)) || ', 'proof == CALLER_NOBODY || ', foreignForm],
    [csrf, "seed != NULL && *seed != '\\0' && is_equal", "true || is_equal", foreignForm],
    [csrf, '(proof == CALLER_NOBODY && !request_is_form(request)) || ', '!request_is_form(request) || ', byCookie],
    [csrf, 'token_of(request, of_session, caller->session))', 'given)', byCookie],
    [request, '&& !csrf_valid(request)', '&& false', byCookie],
    [args, 'digits == 0 || header[1', 'header[1', 'web/args_test'],
    [args, "header[1 + digits] != '.' || ", '', 'web/args_test'],
    [args, "strchr(header, ',') != NULL ||", '', 'web/args_test'],
    [args, 'args_set(pool, args, "version", canonical);', '', 'web/args_test'],
    [args, "*header == '\\0' || strlen(header) > KEY_MAX", 'strlen(header) > KEY_MAX', 'web/args_test'],
    [args, ' || strlen(header) > KEY_MAX', '', 'web/args_test'],
    [args, ' || !text_is_utf8(header, strlen(header))', '', 'web/args_test'],
    [args, 'args_set(pool, args, "idempotency_key", header);', '', 'web/args_test'],
    [args, '|| is_ceremony(arg->name)', '', 'web/args_test'],
    [args, 'buffer_json(&all, arg->value, strlen(arg->value));', '', 'web/args_test'],
    [etag, 'strncmp(list, tag, length) == 0 && ', '', 'web/etag_test'],
    [etag, ' && strchr(", \\t", list[length]) != NULL', '', 'web/etag_test'],
    [unit, 'send(unit, lane, &built_in[KEY_BEGIN], (const char *const[]){unit->key, unit->use});',
     'send(unit, lane, &built_in[KEY_BEGIN], (const char *const[]){unit->key, ""});', 'db/unit_test'],
    [unit, 'unit->replay_wanted = text_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "VH208");', '', 'db/unit_test'],
    [unit, 'if (unit->fault == NULL && lacks_document(unit))', 'if (false)', 'db/unit_test'],
    [unit, 'unit->kind != LANE_WRITE || unit->replaying || !unit->sync_sent', 'true', 'db/unit_test'],

    /* Who is asking, and whether the resource is theirs to ask. */
    [request, 'if (request->caller->proof == CALLER_NOBODY)\n        return fault_new(request->pool, FAULT_UNSIGNED, NULL);', '',
     'isolation.test.mjs: nobody who has not signed in'],
    [request, ': caller_may(request->caller, capability);', ': true;', 'isolation.test.mjs: observer: the own, as a program'],
    [sign, 'access != NULL && read_token(request, access, caller) == NULL', 'access != NULL && (read_token(request, access, caller), true)',
     'session.test.mjs: a page whose access token has run out'],
];
