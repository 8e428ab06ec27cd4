INSERT INTO item VALUES
  (1, 'tenant-a', '1 year 2 mons 3 days 04:05:06.789', '3 years', '1.234 s'),
  (3, 'tenant-a', '-1 year +2 mons -3 days 04:05:06', '-1 year', '-0.001 s'),
  (5, 'tenant-a', '178000000 years', '0', '0'),
  (7, 'tenant-a', '-178000000 years', '1 year', '59.999 s'),
  (9, 'tenant-a', '1 mon', '0', '0'),
  (11, 'tenant-a', '30 days', '0', '0'),
  (13, 'tenant-a', '720 hours', '0', '0'),
  (1001, 'tenant-a', NULL, NULL, NULL),
  (1003, 'tenant-b', '1 year 2 mons 3 days 04:05:06.789', '3 years', '1.234 s');
