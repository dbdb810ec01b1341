-- The words of publishing that existing types learn. A type's new value can only be used by a later migration.

alter type app.run_reason add value 'stopped';
alter type app.content_status add value 'pending_approval';
alter type app.alert_kind add value 'publication_failed';
alter type app.alert_kind add value 'publication_unknown';
alter type app.alert_kind add value 'account_lost';
alter type app.alert_kind add value 'approval_wanted';
alter type app.alert_kind add value 'handed_off';

notify pgrst, 'reload schema';
