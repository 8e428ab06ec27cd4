INSERT INTO a SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 40) AS i;
INSERT INTO b SELECT id, id FROM a;
INSERT INTO c SELECT id, id FROM b;
UPDATE a SET b = id; UPDATE b SET c = id, c2 = CASE WHEN id > 2 THEN id - 2 END;
