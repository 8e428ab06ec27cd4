INSERT INTO event SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), date '2020-06-01' + i * 5, CASE i % 3 WHEN 0 THEN 'x' WHEN 1 THEN 'y' END FROM generate_series(1, 100) AS i;
INSERT INTO part (id, event, day) SELECT id, id, day FROM event;
