-- The second layer under what people do: whoever ticks, drafts or decides does so in no name but the own, a tick says itself whether it is on behalf, and
-- what was said or registered can be ended but not rewritten. What a look found is the verifier's to write.

alter policy adding on claim
    with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller())
                and on_behalf = (place <@ (select veha.scope('step.decide'))));
alter policy adding on draft with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller()));
alter policy changing on draft with check (place <@ (select veha.scope('step.claim')) and person = (select veha.caller()));
alter policy adding on decision with check (place <@ (select veha.scope('step.decide')) and person = (select veha.caller()));

revoke update on claim, decision from veha_web;
grant update (valid) on claim, decision to veha_web;
revoke insert, update on account from veha_web;
grant insert (tenant, place, network, address, url, spelling, source) on account to veha_web;
grant update (valid, version) on account to veha_web;
