INSERT INTO item VALUES
  (1, 'tenant-a', '00000000-0000-0000-0000-000000000000'),
  (3, 'tenant-a', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  (5, 'tenant-a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  (1001, 'tenant-a', NULL),
  (1003, 'tenant-b', '00000000-0000-0000-0000-000000000000');
