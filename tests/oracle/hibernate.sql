-- An ORM in the style of Hibernate 5 and 6 and of Spring Data, and JPA's lock modes.
-- @read
select customer0_.id as id1_0_0_, customer0_.version as version2_0_0_, customer0_.name as name3_0_0_ from customer customer0_ where customer0_.id=1
select c1_0.id,c1_0.active,c1_0.created,c1_0.email,c1_0.name,c1_0.version from customer c1_0 where c1_0.id=?
select c1_0.id,c1_0.name,o1_0.customer_id,o1_0.id,o1_0.status from customer c1_0 left join purchase_order o1_0 on c1_0.id=o1_0.customer_id where c1_0.email=?
/* load com.app.Customer */ select customer0_.id as id1_0_0_ from customer customer0_ where customer0_.id=2
/* select c from Customer c where c.name like :name */ select c1_0.id from customer c1_0 where c1_0.name like 'F%' escape '!'
/* dynamic native SQL query */ select count(*) from purchase_order
select o1_0.id,o1_0.total from purchase_order o1_0 order by o1_0.placed_at desc limit ?,?
select o1_0.id from purchase_order o1_0 where o1_0.status in (?,?,?) limit ?
select distinct o1_0.id,i1_0.order_id,i1_0.line_no from purchase_order o1_0 join order_item i1_0 on o1_0.id=i1_0.order_id where o1_0.total>50.0 order by i1_0.line_no
select p1_0.id,p1_0.dtype,p1_0.sku,case when p1_0.dtype='Book' then 1 when p1_0.dtype='Toy' then 2 end as clazz_ from product p1_0 where p1_0.dtype in ('Book','Toy')
select count(o1_0.id) from purchase_order o1_0 where o1_0.customer_id=1 and o1_0.placed_at>={ts '2024-01-01 00:00:00'}
select {d '2024-01-01'}, {t '10:00:00'}, {ts '2024-01-01 10:00:00.5'}
select {fn concat('a', {fn ucase('b')})}
select c1_0.id from customer c1_0 where exists(select 1 from purchase_order o1_0 where o1_0.customer_id=c1_0.id and o1_0.status='OPEN')
select c1_0.id from customer c1_0 where c1_0.id not in (select o1_0.customer_id from purchase_order o1_0)
select sum(o1_0.total),o1_0.status from purchase_order o1_0 group by o1_0.status having sum(o1_0.total)>? order by 1 desc
select t.id from (select o1_0.id, row_number() over(partition by o1_0.customer_id order by o1_0.total desc) rn from purchase_order o1_0) t where t.rn<=3
select c1_0.id from customer c1_0 where lower(c1_0.name) like concat('%',?,'%')
select max(c1_0.version) from customer c1_0
select 1 from dual
select 1 from dual where 1=1
select c1_0.id from customer c1_0 where c1_0.active=b'1'
select c1_0.id from customer c1_0 where c1_0.active=0x01 or c1_0.name = x'4669727374' or c1_0.name = _utf8mb4'First' collate utf8mb4_bin or c1_0.name = N'First'
select cast(o1_0.total as signed), cast(o1_0.id as char), cast(o1_0.placed_at as date), convert(o1_0.status using utf8mb4) from purchase_order o1_0
with recursive tree (id, parent_id, depth) as (select id, parent_id, 0 from category where parent_id is null union all select c.id, c.parent_id, t.depth + 1 from category c join tree t on c.parent_id = t.id) select * from tree order by depth
with a as (select id from customer), b as (select id from a where id > 1) select * from b join a using (id)
select coalesce(c1_0.name, 'n/a'), ifnull(c1_0.email, ''), if(c1_0.active, 'y', 'n'), nullif(c1_0.version, 0) from customer c1_0
select timestampdiff(day, o1_0.placed_at, now(6)), date_add(o1_0.placed_at, interval 1 day), adddate(o1_0.placed_at, 3), extract(day_hour from o1_0.placed_at) from purchase_order o1_0
select locate('a', c1_0.name), position('i' in c1_0.name), trim(both ' ' from c1_0.name), trim(leading 'F' from c1_0.name), char_length(c1_0.name), substring(c1_0.name, 2) from customer c1_0
select current_date, current_time, current_timestamp, current_timestamp(3), localtime, localtimestamp, utc_date(), utc_time(), utc_timestamp()
select table_name, column_name from information_schema.columns where table_schema = 'hibernate' order by ordinal_position
select * from information_schema.sequences where sequence_schema = 'hibernate'
select TABLE_SCHEMA TABLE_CAT, NULL TABLE_SCHEM, TABLE_NAME, IF(TABLE_TYPE='BASE TABLE' or TABLE_TYPE='SYSTEM VERSIONED', 'TABLE', TABLE_TYPE) as TABLE_TYPE from INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'hibernate' AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED','VIEW')
/* ping */ SELECT 1
select c1_0.id from customer c1_0 -- for update
select c1_0.id from customer c1_0 # for update
select c1_0.id from customer c1_0 /* for update */
select `update`.id `select`, `update`.name as `insert` from customer as `update`
select c1_0.id as "for update" from customer c1_0
(select id from customer) union all (select id from product) order by id limit 5
((select id from customer))
(((select id from customer limit 1)) union (select 2))
-- @write
select c1_0.id from customer c1_0 where c1_0.id=1 for update
select c1_0.id from customer c1_0 where c1_0.id=? for update nowait
select c1_0.id from customer c1_0 where c1_0.id=? for update skip locked
select c1_0.id from customer c1_0 where c1_0.id=? for update wait 5
select c1_0.id from customer c1_0 where c1_0.id=? lock in share mode
select c1_0.id from customer c1_0 where c1_0.id=? lock in share mode nowait
select c1_0.id from customer c1_0 where c1_0.id=? for update of c1_0 nowait
select c1_0.id from customer c1_0 where c1_0.id=? for share
select c1_0.id from customer c1_0 where c1_0.id=? for share of c1_0 skip locked
select next_val as id_val from hibernate_sequence for update
update hibernate_sequence set next_val= 2 where next_val=1
select tbl.next_val from hibernate_sequence tbl for update
/* pessimistic write */ select c1_0.id from customer c1_0 where c1_0.id=1 /* now */ for /* x */ update
select nextval(order_seq)
select next value for order_seq
select nextval(`hibernate`.`order_seq`) as id
insert into customer (active, created, email, name, version, id) values (1, now(6), 'x@app.example', 'x', 0, 100)
insert into customer (id, name) values (?, ?)
update customer set name='y', version=1 where id=1 and version=0
delete from order_item where order_id=1 and line_no=0
delete from customer where id=? and version=?
set autocommit=0; select 1
call proc_with_out(?, ?)
{call proc_with_out(?, ?)}
create table hte_customer(id bigint not null) engine=InnoDB
create temporary table if not exists HTE_customer (id bigint not null)
insert into purchase_order select 100, 0, 1, 'NEW', 0, now()
insert into customer (id, name) values (7, 'seven') on duplicate key update name = 'seven', version = version + 1
alter table purchase_order add constraint fk_customer foreign key (customer_id) references customer (id)
drop table if exists order_item
create sequence product_seq start with 1 increment by 50
drop sequence if exists product_seq
-- @local
select lastval(order_seq)
select previous value for order_seq
select last_insert_id()
-- @any
SELECT @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@sql_mode AS sql_mode
SELECT @@session.transaction_read_only
SELECT @@session.tx_isolation
SET SESSION TRANSACTION READ ONLY
SET SESSION TRANSACTION READ WRITE
set session transaction isolation level repeatable read
