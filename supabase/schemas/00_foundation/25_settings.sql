-- What the owner of a project decides, in one row.

create table private.settings (
  id boolean primary key default true,
  honors_privacy_control boolean not null default false,
  claims_by_address boolean not null default false,
  reviews_need_service boolean not null default false,
  constraint settings_id_check check (id)
);
comment on table private.settings is 'What the owner of a project decides; one row. Change it by SQL.';
comment on column private.settings.honors_privacy_control is
  'Whether Global Privacy Control (the header Sec-GPC: 1) is a refusal: nothing that such a browser reports is counted.';
comment on column private.settings.claims_by_address is
  'Whether an offer by e-mail belongs to the account with that address. Set it where Auth sends a mail to confirm an address ("Confirm email").';
comment on column private.settings.reviews_need_service is
  'Whether only conversions that the service recorded can be reviewed. Otherwise a user who says to have converted can review.';

insert into private.settings (id) values (true) on conflict do nothing;

revoke all on private.settings from public, anon, authenticated, service_role;
