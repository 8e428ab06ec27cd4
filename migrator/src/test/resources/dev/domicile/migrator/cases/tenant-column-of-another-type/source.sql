INSERT INTO customer SELECT i, i FROM generate_series(40, 44) AS i;
INSERT INTO purchase SELECT md5(i::text)::uuid, 40 + i % 5 FROM generate_series(1, 50) AS i;
INSERT INTO audit SELECT i, 40 + i % 6 FROM generate_series(1, 50) AS i;
