INSERT INTO space SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 10) AS i;
INSERT INTO author SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 10) AS i;
INSERT INTO page SELECT i, i % 10 + 1 FROM generate_series(1, 50) AS i;
INSERT INTO edit SELECT i, i, (i + 2) % 10 + 1 FROM generate_series(1, 50) AS i;
INSERT INTO remark SELECT i, i, CASE i % 3 WHEN 0 THEN (i + 4) % 10 + 1 END FROM generate_series(1, 50) AS i;
