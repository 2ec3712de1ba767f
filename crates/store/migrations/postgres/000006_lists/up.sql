-- Every filter of a list finds its cases in the order of the list, so that a page costs the same at a thousand cases and at
-- a million, also when what is looked for is rare.
CREATE INDEX cases_open_received ON cases (received_at, id) WHERE open;
CREATE INDEX cases_kind ON cases (kind, received_at, id);
CREATE INDEX cases_urgency ON cases (urgency, received_at, id);

-- A category's code begins with those of the categories above it, two digits each.
DROP INDEX cases_category;
CREATE INDEX cases_category_top ON cases (substr(category, 1, 2), received_at, id);
CREATE INDEX cases_category_second ON cases (substr(category, 1, 4), received_at, id);

-- Ended cases too: a unit finds all that it answers for.
DROP INDEX cases_owner_due;
CREATE INDEX cases_owner_due ON cases (owner_unit_id, next_due_at, id);
CREATE INDEX cases_owner_account ON cases (owner_account_id) WHERE owner_account_id IS NOT NULL;

CREATE INDEX persons_phone_last4 ON persons (phone_last4) WHERE phone_last4 IS NOT NULL;
