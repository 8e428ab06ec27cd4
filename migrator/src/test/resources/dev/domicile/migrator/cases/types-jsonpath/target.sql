INSERT INTO item VALUES (2, 'tenant-c', '$.a[*] ? (@.b > 1)');
