-- Members are counted by unit whenever somebody comes or goes.
CREATE INDEX members_of_unit ON people (unit) WHERE standing = 'member';
