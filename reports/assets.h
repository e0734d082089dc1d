// SPDX-License-Identifier: Apache-2.0
// The files of this folder that are bytes in the binary (embed.cmake).
#ifndef HPB_ASSETS_H
#define HPB_ASSETS_H

#include <stddef.h>

extern const unsigned char hpb_asset_page_html[], hpb_asset_style_css[], hpb_asset_script_js[];
extern const size_t hpb_asset_page_html_size, hpb_asset_style_css_size, hpb_asset_script_js_size;
extern const unsigned char hpb_asset_common_gp[], hpb_asset_overlay_gp[],
    hpb_asset_distribution_gp[];
extern const size_t hpb_asset_common_gp_size, hpb_asset_overlay_gp_size,
    hpb_asset_distribution_gp_size;
extern const unsigned char hpb_asset_differences_gp[], hpb_asset_lines_gp[];
extern const size_t hpb_asset_differences_gp_size, hpb_asset_lines_gp_size;

extern const unsigned char hpb_asset_critical_difference_gp[], hpb_asset_waterfall_gp[],
    hpb_asset_specification_gp[];
extern const size_t hpb_asset_critical_difference_gp_size, hpb_asset_waterfall_gp_size,
    hpb_asset_specification_gp_size;
extern const unsigned char hpb_asset_luck_by_source_gp[];
extern const size_t hpb_asset_luck_by_source_gp_size;

#endif // HPB_ASSETS_H
