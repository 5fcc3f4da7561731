-- Goes up with every change of units and people: who shows what would change learns whether it still
-- holds.
CREATE TABLE organisation_revision (
    one      INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO organisation_revision (one, revision) VALUES (1, 0);
