INSERT INTO item SELECT i, CASE i % 3 WHEN 0 THEN '\it''s "é"; DROP TABLE item; --' WHEN 1 THEN 'it''s' ELSE '%' END FROM generate_series(1, 30) AS i;
INSERT INTO part SELECT i, i FROM generate_series(1, 30) AS i;
