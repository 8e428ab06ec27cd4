INSERT INTO space SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 10) AS i;
INSERT INTO page SELECT i, i % 10 + 1, i % 2 * 2 + 2 FROM generate_series(1, 40) AS i;
UPDATE page SET made_in = space;
INSERT INTO hit SELECT i, i % 41 FROM generate_series(1, 60) AS i;
INSERT INTO setting SELECT i, 'x' FROM generate_series(1, 11) AS i;
