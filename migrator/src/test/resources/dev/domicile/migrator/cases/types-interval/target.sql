INSERT INTO item VALUES (2, 'tenant-c', '1 year 2 mons 3 days 04:05:06.789', '3 years', '1.234 s');
