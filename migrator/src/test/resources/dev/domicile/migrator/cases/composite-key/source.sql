INSERT INTO item SELECT 'tenant-' || substr('ab', i % 2 + 1, 1), date '2020-01-01' + i % 3, i % 11, i FROM generate_series(1, 60) AS i ON CONFLICT DO NOTHING;
INSERT INTO part SELECT md5(n || client_key || day)::uuid, n, client_key, day FROM item;
INSERT INTO leaf SELECT id, n, k, n FROM part, unnest(ARRAY['x', 'y', 'ä']) AS k;
