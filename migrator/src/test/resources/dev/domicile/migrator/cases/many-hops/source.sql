INSERT INTO t0 SELECT i, 'tenant-' || substr('ab', i % 2 + 1, 1) FROM generate_series(1, 30) AS i;
INSERT INTO t1 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t2 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t3 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t4 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t5 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t6 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t7 SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO t8 SELECT i, i FROM generate_series(1, 30) AS i;
