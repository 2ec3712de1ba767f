DROP TABLE persons;
DROP TABLE api_tokens;
DROP TABLE preferences;
DROP TABLE sessions;
DROP TABLE grants;
DROP TABLE accounts;
DROP TABLE units;
