INSERT INTO item SELECT 'tenant-a', n, n, n, left(n, 2) FROM unnest(ARRAY['a', 'B', 'ä', 'Z', '_', ' ', '', '~', 'aa', 'a ', E'a\t', '10', '9', 'é', U&'e\0301', '日本', '😀', chr(39), '/', '"', ',']) AS n;
INSERT INTO item VALUES ('tenant-b', 'b', 'b', 'b', 'b');
