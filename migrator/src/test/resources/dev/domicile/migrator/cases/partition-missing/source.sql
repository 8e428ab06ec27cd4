INSERT INTO event SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), i, date '2020-12-01' + i FROM generate_series(1, 80) AS i;
