-- Who somebody is at the provider where they sign in: its address, a space, and what it calls them.
ALTER TABLE accounts ADD COLUMN subject TEXT;

CREATE UNIQUE INDEX accounts_of_subjects ON accounts (subject) WHERE subject IS NOT NULL;
