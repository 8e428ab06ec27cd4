INSERT INTO item VALUES
  (1, 'tenant-a', row('Main "St" 1', 12345, '{a,b}'), array[row('x', 1, NULL)::address, NULL], row(row('in', 2, '{}')::address, 'fine')),
  (3, 'tenant-a', row(NULL, NULL, NULL), '{}', row(NULL, NULL)),
  (5, 'tenant-a', row('', 0, '{}'), array[row('(),\', 1, '{}')::address], row(row('', NULL, NULL)::address, 'so so')),
  (1001, 'tenant-a', NULL, NULL, NULL),
  (1003, 'tenant-b', row('Main "St" 1', 12345, '{a,b}'), array[row('x', 1, NULL)::address, NULL], row(row('in', 2, '{}')::address, 'fine'));
