// SPDX-License-Identifier: GPL-2.0
/*
 * A STARTING POINT, made by Faultline; it has been neither compiled nor run.
 * Experiment: Disable while responding, v6.1, smmuv3
 * Finding:    BUG: KASAN: slab-use-after-free in iommu_page_response
 *
 * Every hand-over of the schedule is a completion. To do: set up device and
 * fault data, call the functions that the comments name, and put the waits
 * where they say (most lie inside a function: use a hook or a debug patch).
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>

struct disable_while_responding_ctx {
	struct completion turn[9];
};

/* irq/24-prq0 */
static int disable_while_responding_irq_24_prq0_0(void *data)
{
	struct disable_while_responding_ctx *ctx = data;

	wait_for_completion(&ctx->turn[0]);
	/* in irq_thread(): */
	/*   #1 task_start */
	complete(&ctx->turn[1]);
	wait_for_completion(&ctx->turn[3]);
	/* in irq_thread(): */
	/*   #37 ring_wait prq0 */
	/* in arm_smmu_evtq_thread(): */
	/*   #38 reg_read prq0.regs.PRS = 1 */
	/*   #39 reg_write prq0.regs.PRS (1) */
	/*   #40 reg_read prq0.regs.PQH = 0 */
	/*   #41 reg_read prq0.regs.PQT = 1 */
	/*   #42 reg_write prq0.regs.PQH (1) */
	/* in arm_smmu_handle_evt(): */
	/*   #43 mutex_lock iommu0.streams_mutex */
	/* in iommu_report_device_fault(): */
	/*   #44 load dev0.iommu = dev0.iommu */
	/*   #45 mutex_lock dev0.iommu.lock */
	/*   #46 load dev0.iommu.fault_param = iommu_fault_param#1 */
	/*   #47 load iommu_fault_param#1.handler = iommu_queue_iopf */
	/*   #48 alloc iommu_fault_event#1.iommu_fault_event = iommu_fault_event#1 */
	/*   and 17 more, up to #65 */
	complete(&ctx->turn[4]);
	return 0;
}

/* setup */
static int disable_while_responding_setup_1(void *data)
{
	struct disable_while_responding_ctx *ctx = data;

	wait_for_completion(&ctx->turn[1]);
	/* in setup(): */
	/*   #2 task_start */
	/* in iommu_alloc_mm_data(): */
	/*   #3 load mm.iommu_mm = NULL */
	/*   #4 xa_load kernel.pasids (5) = NULL */
	/*   #5 alloc iommu_mm_data#1.iommu_mm_data = iommu_mm_data#1 */
	/*   #6 xa_store kernel.pasids ([5] = mm) = 0 */
	/*   #7 store mm.iommu_mm (iommu_mm_data#1) */
	/* in iommu_sva_bind_device(): */
	/*   #8 mutex_lock dev0.group.mutex */
	/* in mmgrab(): */
	/*   #9 refcount_inc mm.mm_count */
	/* in arm_smmu_sva_bind(): */
	/*   #10 pasid_entry dev0.pci (pasid 5 mm) */
	/*   #11 load dev0.bonds = 0 */
	/*   #12 store dev0.bonds (1) */
	/* in iommu_sva_bind_device(): */
	/*   #13 mutex_unlock dev0.group.mutex */
	/*   and 19 more, up to #32 */
	complete(&ctx->turn[2]);
	return 0;
}

/* dev0 job */
static int disable_while_responding_dev0_job_2(void *data)
{
	struct disable_while_responding_ctx *ctx = data;

	wait_for_completion(&ctx->turn[2]);
	/* in dev0 job(): */
	/*   #33 task_start (after set-up) */
	/* in device_translate(): */
	/*   #34 ats_translate dev0.pci (pasid 5 page 1) = fault */
	/* in send_page_request(): */
	/*   #35 page_request dev0.pci (index 0 pasid 5 last) = true */
	/*   #36 prq_enqueue prq0 (index 0 pasid 5 last) = queued */
	complete(&ctx->turn[3]);
	wait_for_completion(&ctx->turn[6]);
	/* in device_translate(): */
	/*   #90 wait_response dev0.pci (1) = 0 */
	/* in device_access(): */
	/*   #91 ats_translate dev0.pci (pasid 5 page 1) = hit */
	/* in dev0 job(): */
	/*   #92 task_exit */
	complete(&ctx->turn[7]);
	return 0;
}

/* driver */
static int disable_while_responding_driver_3(void *data)
{
	struct disable_while_responding_ctx *ctx = data;

	wait_for_completion(&ctx->turn[4]);
	/* in driver(): */
	/*   #66 task_start (after set-up) */
	complete(&ctx->turn[5]);
	wait_for_completion(&ctx->turn[7]);
	/* in driver(): */
	/*   #93 task_join dev0 job */
	/*   #94 mark (the device is done; nobody else is asked) */
	/* in iommu_sva_unbind_device(): */
	/*   #95 mutex_lock dev0.group.mutex */
	/* in arm_smmu_sva_unbind(): */
	/*   #96 pasid_entry dev0.pci (pasid 5 cleared) */
	/*   #97 invalidate dev0.pci (5) = complete */
	/*   #98 load mm.pgd = mm.pgd */
	/* in mmdrop(): */
	/*   #99 refcount_dec_and_test mm.mm_count = false */
	/* in arm_smmu_sva_unbind(): */
	/*   #100 load dev0.bonds = 1 */
	/*   #101 store dev0.bonds (0) */
	/* in iommu_sva_unbind_device(): */
	/*   #102 mutex_unlock dev0.group.mutex */
	/* in arm_smmu_master_sva_disable_iopf(): */
	/*   #103 load dev0.bonds = 0 */
	/* in iommu_unregister_device_fault_handler(): */
	/*   #104 load dev0.iommu = dev0.iommu */
	/*   and 19 more, up to #123 */
	complete(&ctx->turn[8]);
	return 0;
}

/* kworker/u4:0 */
static int disable_while_responding_kworker_u4_0_4(void *data)
{
	struct disable_while_responding_ctx *ctx = data;

	wait_for_completion(&ctx->turn[5]);
	/* in process_one_work(): */
	/*   #67 task_start */
	/*   #68 work_start iopf_group#1.work (iopfq-iommu0) */
	/* in iopf_handle_group(): */
	/*   #69 list_first iopf_group#1.faults = iopf_group#1.last_fault.list */
	/*   #70 list_next iopf_group#1.last_fault.list = NULL */
	/*   #71 xa_load kernel.pasids (5) = mm */
	/* in iommu_sva_handle_mm(): */
	/*   #72 refcount_inc_not_zero mm.mm_users = true */
	/*   #73 down_read mm.mmap_lock */
	/* in handle_mm_fault(): */
	/*   #74 page_map mm.pgd (page 1) */
	/* in iommu_sva_handle_mm(): */
	/*   #75 up_read mm.mmap_lock */
	/* in mmput(): */
	/*   #76 refcount_dec_and_test mm.mm_users = false */
	/* in iopf_handle_group(): */
	/*   #77 load iopf_group#1.dev = dev0 */
	/* in iommu_page_response(): */
	/*   #78 load dev0.iommu = dev0.iommu */
	/*   and 11 more, up to #89 */
	complete(&ctx->turn[6]);
	wait_for_completion(&ctx->turn[8]);
	/* in iommu_page_response(): */
	/*   #124 mutex_unlock iommu_fault_param#1.lock */
	return 0;
}

static void disable_while_responding_test(struct kunit *test)
{
	struct disable_while_responding_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	for (i = 0; i < ARRAY_SIZE(ctx->turn); i++)
		init_completion(&ctx->turn[i]);
	kthread_run(disable_while_responding_irq_24_prq0_0, ctx, "irq_24_prq0");
	kthread_run(disable_while_responding_setup_1, ctx, "setup");
	kthread_run(disable_while_responding_dev0_job_2, ctx, "dev0_job");
	kthread_run(disable_while_responding_driver_3, ctx, "driver");
	kthread_run(disable_while_responding_kworker_u4_0_4, ctx, "kworker_u4_0");
	complete(&ctx->turn[0]);
	/* expected here: use-after-free of iommu_fault_param#1 in iommu_page_response by kworker/u4:0, 16 steps after driver freed it in iommu_unregister_device_fault_handler */
}

static struct kunit_case disable_while_responding_cases[] = {
	KUNIT_CASE(disable_while_responding_test),
	{}
};

static struct kunit_suite disable_while_responding_suite = {
	.name = "disable_while_responding",
	.test_cases = disable_while_responding_cases,
};
kunit_test_suite(disable_while_responding_suite);
