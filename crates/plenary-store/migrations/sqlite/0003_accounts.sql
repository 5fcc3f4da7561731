-- Those who run gatherings; members need no account.
CREATE TABLE accounts (
    id         TEXT    NOT NULL PRIMARY KEY,
    login      TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    -- In the form of the PHC; none for those who sign in elsewhere.
    password   TEXT,
    state      TEXT    NOT NULL CHECK (state IN ('active', 'disabled')),
    person     TEXT    REFERENCES people (code),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account_roles (
    account TEXT NOT NULL REFERENCES accounts (id),
    role    TEXT NOT NULL CHECK (role IN ('administrator', 'organiser', 'director', 'moderator')),
    -- Where it holds; empty when it holds everywhere.
    event   TEXT NOT NULL,
    PRIMARY KEY (account, role, event),
    CHECK ((role = 'administrator') = (event = ''))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    account    TEXT    NOT NULL REFERENCES accounts (id),
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_account ON sessions (account);
