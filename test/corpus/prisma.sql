-- What Prisma 6.19 and 7.10 (the two generate the same) generates for changes to one model of users, orders and logs;
-- a migration is one file, sent as one simple query. See replay.pl for the format.

-- @base
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "OrderStatus" AS ENUM ('NEW', 'PAID', 'SHIPPED');

-- CreateTable
CREATE TABLE "User" (
    "id" SERIAL NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "login" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Order" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "note" VARCHAR(40),
    "code" TEXT NOT NULL,
    "status" "OrderStatus" NOT NULL DEFAULT 'NEW',
    "parentId" INTEGER,

    CONSTRAINT "Order_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Log" (
    "id" SERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "userId" INTEGER NOT NULL,

    CONSTRAINT "Log_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "User_createdAt_idx" ON "User"("createdAt");

-- AddForeignKey
ALTER TABLE "Order" ADD CONSTRAINT "Order_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Log" ADD CONSTRAINT "Log_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- @change add_index
-- CreateIndex
CREATE INDEX "Order_userId_idx" ON "Order"("userId");

-- @change add_composite_index
-- CreateIndex
CREATE INDEX "Order_userId_status_idx" ON "Order"("userId", "status");

-- @change add_unique
-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- @change add_composite_unique
-- CreateIndex
CREATE UNIQUE INDEX "Order_userId_code_key" ON "Order"("userId", "code");

-- @change drop_index
-- DropIndex
DROP INDEX "User_createdAt_idx";

-- @change add_optional_column
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "phone" TEXT;

-- @change add_required_column_no_default
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "country" TEXT NOT NULL;

-- @change add_required_column_default
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "country" TEXT NOT NULL DEFAULT 'US';

-- @change add_required_column_now
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "seenAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

-- @change add_required_column_volatile_default
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "token" UUID NOT NULL DEFAULT gen_random_uuid();

-- @change add_autoincrement_column
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "seq" SERIAL NOT NULL;

-- @change add_updated_at
-- AlterTable
ALTER TABLE "User" ADD COLUMN     "updatedAt" TIMESTAMP(3) NOT NULL;

-- @change optional_to_required
-- AlterTable
ALTER TABLE "User" ALTER COLUMN "name" SET NOT NULL;

-- @change required_to_optional
-- AlterTable
ALTER TABLE "User" ALTER COLUMN "login" DROP NOT NULL;

-- @change set_default
-- AlterTable
ALTER TABLE "User" ALTER COLUMN "login" SET DEFAULT 'x';

-- @change drop_default
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "status" DROP DEFAULT;

-- @change int_to_bigint
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "total" SET DATA TYPE BIGINT;

-- @change pk_int_to_bigint
-- AlterTable
ALTER TABLE "Order" DROP CONSTRAINT "Order_pkey",
ALTER COLUMN "id" SET DATA TYPE BIGSERIAL,
ADD CONSTRAINT "Order_pkey" PRIMARY KEY ("id");

-- @change int_to_text
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "total" SET DATA TYPE TEXT;

-- @change varchar_widen
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "note" SET DATA TYPE VARCHAR(200);

-- @change varchar_narrow
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "note" SET DATA TYPE VARCHAR(20);

-- @change varchar_to_text
-- AlterTable
ALTER TABLE "Order" ALTER COLUMN "note" SET DATA TYPE TEXT;

-- @change timestamp_to_timestamptz
-- AlterTable
ALTER TABLE "User" ALTER COLUMN "createdAt" SET DATA TYPE TIMESTAMPTZ(3);

-- @change rename_field
-- AlterTable
ALTER TABLE "User" DROP COLUMN "name",
ADD COLUMN     "fullName" TEXT;

-- @change rename_field_with_map
-- This is an empty migration.

-- @change rename_model
-- DropForeignKey
ALTER TABLE "Order" DROP CONSTRAINT "Order_userId_fkey";

-- DropTable
DROP TABLE "Order";

-- CreateTable
CREATE TABLE "Purchase" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "total" INTEGER NOT NULL,
    "note" VARCHAR(40),
    "code" TEXT NOT NULL,
    "status" "OrderStatus" NOT NULL DEFAULT 'NEW',
    "parentId" INTEGER,

    CONSTRAINT "Purchase_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "Purchase" ADD CONSTRAINT "Purchase_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- @change drop_field
-- AlterTable
ALTER TABLE "Order" DROP COLUMN "note";

-- @change drop_model
-- DropForeignKey
ALTER TABLE "Log" DROP CONSTRAINT "Log_userId_fkey";

-- DropTable
DROP TABLE "Log";

-- @change add_model
-- CreateTable
CREATE TABLE "Tag" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "Tag_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Tag_name_key" ON "Tag"("name");

-- CreateIndex
CREATE INDEX "Tag_name_idx" ON "Tag"("name");

-- @change add_relation_existing_column
-- AddForeignKey
ALTER TABLE "Order" ADD CONSTRAINT "Order_parentId_fkey" FOREIGN KEY ("parentId") REFERENCES "Order"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- @change add_relation_new_required_column
-- AlterTable
ALTER TABLE "Order" ADD COLUMN     "buyerId" INTEGER NOT NULL;

-- AddForeignKey
ALTER TABLE "Order" ADD CONSTRAINT "Order_buyerId_fkey" FOREIGN KEY ("buyerId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- @change drop_relation
-- DropForeignKey
ALTER TABLE "Log" DROP CONSTRAINT "Log_userId_fkey";

-- @change change_on_delete
-- DropForeignKey
ALTER TABLE "Order" DROP CONSTRAINT "Order_userId_fkey";

-- AddForeignKey
ALTER TABLE "Order" ADD CONSTRAINT "Order_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- @change many_to_many
-- CreateTable
CREATE TABLE "Tag" (
    "id" SERIAL NOT NULL,

    CONSTRAINT "Tag_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "_TagToUser" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_TagToUser_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE INDEX "_TagToUser_B_index" ON "_TagToUser"("B");

-- AddForeignKey
ALTER TABLE "_TagToUser" ADD CONSTRAINT "_TagToUser_A_fkey" FOREIGN KEY ("A") REFERENCES "Tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_TagToUser" ADD CONSTRAINT "_TagToUser_B_fkey" FOREIGN KEY ("B") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- @change add_enum_value
-- AlterEnum
ALTER TYPE "OrderStatus" ADD VALUE 'REFUNDED';

-- @change remove_enum_value
-- AlterEnum
BEGIN;
CREATE TYPE "OrderStatus_new" AS ENUM ('NEW', 'PAID');
ALTER TABLE "Order" ALTER COLUMN "status" DROP DEFAULT;
ALTER TABLE "Order" ALTER COLUMN "status" TYPE "OrderStatus_new" USING ("status"::text::"OrderStatus_new");
ALTER TYPE "OrderStatus" RENAME TO "OrderStatus_old";
ALTER TYPE "OrderStatus_new" RENAME TO "OrderStatus";
DROP TYPE "OrderStatus_old";
ALTER TABLE "Order" ALTER COLUMN "status" SET DEFAULT 'NEW';
COMMIT;

-- @change rename_enum
-- CreateEnum
CREATE TYPE "OrderState" AS ENUM ('NEW', 'PAID', 'SHIPPED');

-- AlterTable
ALTER TABLE "Order" DROP COLUMN "status",
ADD COLUMN     "status" "OrderState" NOT NULL DEFAULT 'NEW';

-- DropEnum
DROP TYPE "OrderStatus";

-- @change change_primary_key
-- AlterTable
ALTER TABLE "Order" DROP CONSTRAINT "Order_pkey",
ADD CONSTRAINT "Order_pkey" PRIMARY KEY ("code");

-- @change change_primary_key_composite
-- AlterTable
ALTER TABLE "Log" DROP CONSTRAINT "Log_pkey",
ALTER COLUMN "id" DROP DEFAULT,
ADD CONSTRAINT "Log_pkey" PRIMARY KEY ("id", "key");

-- @change scalar_to_list
-- AlterTable
ALTER TABLE "User" DROP COLUMN "login",
ADD COLUMN     "login" TEXT[];
