INSERT INTO common.country VALUES ('DE'), ('FR');
INSERT INTO "tenant_a-1".board SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO "tenant_a-1".note SELECT i, i, CASE i % 2 WHEN 0 THEN 'DE' END FROM generate_series(1, 30) AS i;
INSERT INTO "tenant_a-1".log VALUES ('x'), ('x');
INSERT INTO "tenant_b-2".board SELECT i, i FROM generate_series(1, 30) AS i;
