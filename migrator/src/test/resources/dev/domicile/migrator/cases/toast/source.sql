INSERT INTO item SELECT i, 'tenant-a', repeat('compressible ', i * 100),
    (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, i * 30) AS j), repeat('x', i * 50), decode(repeat(md5(i::text), i * 100), 'hex')
FROM generate_series(1, 100) AS i;
INSERT INTO item SELECT 1000, 'tenant-b', extended, outside, inside, bytes FROM item WHERE id = 100;
