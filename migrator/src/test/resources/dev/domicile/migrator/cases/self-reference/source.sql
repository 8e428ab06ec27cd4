INSERT INTO node SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), CASE WHEN i > 2 THEN 203 - i - i % 2 * 2 + 0 END, i FROM generate_series(1, 1) AS i;
INSERT INTO node SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1), CASE WHEN i + 2 <= 100 THEN i + 2 END, CASE i % 2 WHEN 0 THEN 100 ELSE 99 END FROM generate_series(2, 100) AS i;
INSERT INTO tag SELECT id, id, CASE WHEN id + 2 <= 100 THEN id + 2 END FROM node;
