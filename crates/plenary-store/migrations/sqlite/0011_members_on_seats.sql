-- Which member of the organisation sits on a seat; without a row it is nobody's that is known.
CREATE TABLE seat_members (
    seat   TEXT PRIMARY KEY REFERENCES seats (id),
    person TEXT NOT NULL
) STRICT, WITHOUT ROWID;
