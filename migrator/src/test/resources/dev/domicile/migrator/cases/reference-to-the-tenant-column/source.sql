INSERT INTO host SELECT 'tenant-' || k, k FROM unnest(ARRAY['a', 'b']) AS k;
INSERT INTO setting SELECT client_key, n, n FROM host, unnest(ARRAY['x', 'y', 'z']) AS n;
