INSERT INTO doc SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), i FROM generate_series(1, 40) AS i;
INSERT INTO version SELECT client_key, id, n FROM doc, generate_series(1, 3) AS n;
UPDATE doc SET head = 3 WHERE id % 5 > 0;
