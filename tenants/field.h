/*
 * field.h: the kinds of value that only the domain knows, beside those every program needs (veha/resource.h).
 *
 * Each reads what people and registers really write (spaces inside numbers, a spreadsheet's leading apostrophe) and
 * gives the one canonical text. The codes it answers are messages of the catalogue context "fault".
 */
#ifndef VEHA_TENANTS_FIELD_H
#define VEHA_TENANTS_FIELD_H

#include "veha/resource.h"

extern const struct field_type field_inn; /* 10 or 12 digits; inn_digits, inn_length, inn_check_digit; inn_zero_lost,
                                             with *canonical as it must have been */
extern const struct field_type
    field_ogrn; /* 13 or 15 digits; ogrn_digits, ogrn_length, ogrn_rounded, ogrn_check_digit */
extern const struct field_type field_step_key; /* "create_vk": step_key_unreadable */
extern const struct field_type
    field_network; /* code of a network: network_unreadable; whether it exists is the network files' affair */
extern const struct field_type field_check; /* "EXIST" in any case: check_unknown */
extern const struct field_type
    field_account; /* address of an account, tidied only; a handle canonicalises it: required */
extern const struct field_type field_tenant_kind;  /* tenant_kind_unknown */
extern const struct field_type field_role;         /* role_unknown */
extern const struct field_type field_login;        /* one word; with an @ an address for letters: login_unreadable */
extern const struct field_type field_organisation; /* ОГРН or ИНН, with their codes */
extern const struct field_type field_person_state; /* person_state_unknown */
extern const struct field_type field_table;        /* rows of a spreadsheet: required */
extern const struct field_type field_reason;       /* prose that may not be empty: required */
extern const struct field_type field_decision;     /* decision_unknown */
extern const struct field_type field_outcome;      /* of a dispute: outcome_unknown */
extern const struct field_type field_answer;       /* to a sample: answer_unknown */
extern const struct field_type field_queue;        /* a kind of what waits for a curator: queue_unknown */
extern const struct field_type field_direction;    /* which way organisations went: direction_unknown */
extern const struct field_type field_deed;         /* what somebody did to a tenant: deed_unknown */
extern const struct field_type field_step_status;  /* step_status_unknown */
extern const struct field_type field_draft_then;   /* where a kept draft leads to: draft_then_unknown */

extern const struct field_type field_branch;   /* of the roadmap: branch_unknown */
extern const struct field_type field_standing; /* what a list of tenants is filtered by: standing_unknown */

extern const struct field_type field_call_outcome; /* how a call went: call_outcome_unknown */
extern const struct field_type field_called;       /* what a list of calls is filtered by: called_unknown */
extern const struct field_type field_assigned;     /* and by whom it is seen to: assigned_unknown */
extern const struct field_type field_held_tenant;  /* TENANT, or TENANT.VERSION as it was read: tenant_unreadable */
extern const struct field_type field_path;         /* of a page here, without anything of anybody: path_unreadable */
extern const struct field_type field_filter;       /* what stands behind its question mark: filter_unreadable */

extern const struct field_type field_job_most; /* how many looks one program takes at once, 1 … 50: out_of_range */
extern const struct field_type field_fence;    /* of a lease, 1 … 2^31-1: out_of_range */
extern const struct field_type field_reading;  /* what was seen, and one request made for it, as JSON; what is wrong */
extern const struct field_type field_exchange; /* with them is told by a handle: required */

extern const struct field_type
    field_roadmap; /* a roadmap's file as JSON; what is wrong with it is told by a handle: required */

#endif
