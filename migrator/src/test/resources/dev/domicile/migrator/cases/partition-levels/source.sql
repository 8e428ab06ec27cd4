INSERT INTO event SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), i, timestamptz '2020-12-01 00:00Z' + i * interval '1 day' FROM generate_series(1, 80) AS i;
